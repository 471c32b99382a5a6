"""What requests may say: bodies and queries."""
