"""The feed of orders: its messages, and a batch of them."""
