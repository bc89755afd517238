"""The session layer of FIX without its sockets: what is due for a message, by its number."""
