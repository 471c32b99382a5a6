"""SSPR registration of every customer tenant: snapshots, status, and what to do about it."""
