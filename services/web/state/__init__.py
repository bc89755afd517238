"""What the services say of themselves, read from Redis."""
