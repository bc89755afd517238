"""The domain: symbols and what Redis calls everything."""
