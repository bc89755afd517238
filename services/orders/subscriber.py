"""Reading alerts from Python: what `market_spread` has, under the name that it had first."""

from market_spread import Alert, Gap, share, subscribe

__all__ = ["Alert", "Gap", "share", "subscribe"]
