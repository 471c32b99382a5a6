"""The current status of one tenant and of all, and how complete it is."""
