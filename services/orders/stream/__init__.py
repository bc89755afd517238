"""Orders from a Redis stream."""
