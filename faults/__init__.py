"""Kills and stops real processes under load, and counts what came out: `python -m faults`.

It has its own senders and its own idea of the right alerts. Nothing here knows the product's code; it
only starts its commands and speaks to them from outside.
"""
