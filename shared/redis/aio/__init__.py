"""The same for asyncio, for those who serve many at once."""
