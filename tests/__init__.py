"""The tests of Market Spread."""
