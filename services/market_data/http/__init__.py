"""The HTTP routes of symbols."""
