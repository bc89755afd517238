"""What `market-spread replay` does with files: to a feed, into a stream, together, or only a look."""
