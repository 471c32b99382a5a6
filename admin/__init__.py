"""Tools on production data: erasing users and customers, backup, requeueing poison messages."""
