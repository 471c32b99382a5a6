"""Scheduled reports: what they say, when they are due, and how they come to be mail."""
