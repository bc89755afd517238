"""The console script `market-spread`."""
