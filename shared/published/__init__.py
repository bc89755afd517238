"""Versions of the limits in Redis: published, activated, watched by all who judge."""
