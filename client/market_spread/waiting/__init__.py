"""Waiting for what is away: for how long, and what is said of it."""
