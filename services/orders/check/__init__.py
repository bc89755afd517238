"""Orders meet the market: the quotes as Redis has them, and the rule."""
