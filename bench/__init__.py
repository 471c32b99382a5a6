"""Benchmarks: the app, a peer, and the minimum that the work could cost, measured in the same run."""
