"""Sockets of a feed: listening, connections, and what has arrived on them."""
