"""The app settings: read, validated, and named in one list."""
