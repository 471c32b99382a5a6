"""Scheduled reports: their content, when they are due, and how they are sent as emails."""
