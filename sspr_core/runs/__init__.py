"""Emails that the app sends itself: runs and their deliveries."""
