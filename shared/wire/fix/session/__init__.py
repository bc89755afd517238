"""The session layer of FIX without its sockets: bytes and moments in; events, messages and deadlines out."""
