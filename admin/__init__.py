"""Tools on production data: forgetting, backup, taking poison back."""
