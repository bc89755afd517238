"""The services of Market Spread."""
