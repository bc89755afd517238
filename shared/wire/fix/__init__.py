"""FIX, the tag=value way: bytes to messages, messages to our orders and quotes, and back to bytes. Pure."""
