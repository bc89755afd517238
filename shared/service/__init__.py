"""A service with a feed: one turn after the other."""
