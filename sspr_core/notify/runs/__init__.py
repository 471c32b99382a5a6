"""Runs: one email per user, nobody lost, the quota kept (docs/decisions has the protocol in short)."""
