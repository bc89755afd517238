"""A market made of random numbers."""
