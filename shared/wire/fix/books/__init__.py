"""Books of FIX market data: full and incremental refreshes to the best bid and offer of each symbol."""
