"""The feed of quotes: its messages, and a batch of them."""
