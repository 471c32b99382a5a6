"""What the app is compared with."""
