"""Checks whether everything the app needs works, and says what to do if not."""
