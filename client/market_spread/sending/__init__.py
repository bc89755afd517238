"""Sending numbered frames to a feed: exactly once with HELLO, or plain."""
