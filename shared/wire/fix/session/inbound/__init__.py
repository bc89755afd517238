"""What arrives: bytes to messages, their headers, and what is missing between them."""
