"""What needs nothing else of ours: addresses, numbers, rates, times as text."""
