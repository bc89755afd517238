"""The flags of symbols: what a reader should know of the market, by the rule or by published limits."""
