"""Simulated counterparties: a desk and a venue that log on by FIX."""
