"""Asking Redis: over what, for how long, and when to stop."""
