"""Exactly once: positions, and commits in chunks that each take effect or do not."""
