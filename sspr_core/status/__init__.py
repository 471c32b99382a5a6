"""What is known now, for one tenant and for all, and how complete it is."""
