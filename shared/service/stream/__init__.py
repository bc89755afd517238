"""Messages from Redis streams, beside those of the feed."""
