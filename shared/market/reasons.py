"""Why an order alerts under limits version 0, in the order in which several reasons stand."""

from typing import Final

SPREAD: Final = "spread"
SPREAD_RATIO: Final = "spread_ratio"
NO_QUOTE: Final = "no_quote"
STALE_QUOTE: Final = "stale_quote"

REASONS: Final = (SPREAD, SPREAD_RATIO, NO_QUOTE, STALE_QUOTE)
