"""FIX sessions as a way in: sockets and session layer below, positions in Redis, batches for the pipeline."""
