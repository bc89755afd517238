"""Quotes by FIX: what of a message is about the market, what is asked for, and a batch of it."""
