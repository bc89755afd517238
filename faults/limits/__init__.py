"""Versions of the limits while faults strike: made at random, activated, and judged by once more."""
