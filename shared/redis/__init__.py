"""Speaking to Redis: one server, a cluster, sentinels; retries, epochs, the server's clock."""
