"""Orders by FIX: what of a message is an order, and a batch of them."""
