"""The app settings: one list, read and validated."""
