"""Alerts to an external system over TCP."""
