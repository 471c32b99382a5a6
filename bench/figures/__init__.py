"""One figure per file: what is measured, the peer, and the goal."""
