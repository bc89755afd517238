"""Alerts on a terminal."""
