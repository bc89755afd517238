"""Sockets of FIX sessions: listening, connections, and what has arrived on them."""
