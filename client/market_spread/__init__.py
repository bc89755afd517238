"""What programs import that work with Market Spread."""

from market_spread.alert import Alert
from market_spread.gap import Gap

__all__ = ["Alert", "Gap"]
