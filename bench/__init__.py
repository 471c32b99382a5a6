"""Benchmarks: the app, a peer, and the least that the work could cost, measured in the same run."""
