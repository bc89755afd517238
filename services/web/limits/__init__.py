"""Limits over HTTP: the versions, what they say of an order, and changing what is in force."""
