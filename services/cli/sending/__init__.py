"""Sending frames to a feed, so that each takes effect."""
