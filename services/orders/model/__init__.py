"""Alerts as the checker makes them."""
