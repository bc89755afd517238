"""The file of limits: read with all its mistakes named, and its canonical form."""
