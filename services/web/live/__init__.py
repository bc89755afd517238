"""Server-sent events: what is published, and who gets it."""
