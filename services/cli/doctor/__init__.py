"""Looks at a Redis: whether it is as our promises need it, and what is there."""
