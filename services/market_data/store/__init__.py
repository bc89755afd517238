"""Quotes in Redis: written, and found again after a loss."""
