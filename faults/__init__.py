"""Kills and stops real processes under load, and counts what came out: `python -m faults`.

It has its own senders and its own idea of the right alerts. Nothing here judges by the product's code: it
starts its commands and speaks to them from outside, and publishes limits as its commands do.
"""
