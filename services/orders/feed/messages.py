"""The order feed: its name, and its frames as NumPy columns."""

from functools import cache
from typing import Final

import numpy as np

from market_spread.framing import TIME_WIDTH
from market_spread.order import ORDER_ID_WIDTH

FEED: Final = "orders"
OTHER_FEEDS: Final = {2: "market_data", 3: "market_data"}
"""By the type of their messages."""


@cache
def order_dtype(width: int) -> np.dtype[np.void]:
    """A whole frame, length field included, with a symbol of `width` bytes."""
    return np.dtype(
        [
            ("size", ">u4"),
            ("type", "u1"),
            ("side", "u1"),
            ("account", ">u4"),
            ("order_id", f"S{ORDER_ID_WIDTH}"),
            ("symbol", f"S{width}"),
            ("quantity", ">f8"),
            ("price", ">f8"),
            ("transact_time", f"S{TIME_WIDTH}"),
        ]
    )
