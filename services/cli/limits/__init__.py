"""What `market-spread limits` does with files of limits and with the versions in Redis."""
