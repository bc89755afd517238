"""The market-data (NBBO) feed: its name, and its frames as NumPy columns."""

from functools import cache
from typing import Final

import numpy as np

from market_spread.framing import TIME_WIDTH

FEED: Final = "market_data"
OTHER_FEEDS: Final = {1: "orders"}
"""By the type of their messages."""


@cache
def quote_dtype(width: int) -> np.dtype[np.void]:
    """A whole frame, length field included, with a symbol of `width` bytes."""
    return np.dtype(
        [
            ("size", ">u4"),
            ("type", "u1"),
            ("symbol", f"S{width}"),
            ("transact_time", f"S{TIME_WIDTH}"),
            ("bid", ">f8"),
            ("offer", ">f8"),
        ]
    )


@cache
def status_dtype(width: int) -> np.dtype[np.void]:
    """The same of a status."""
    return np.dtype(
        [
            ("size", ">u4"),
            ("type", "u1"),
            ("symbol", f"S{width}"),
            ("transact_time", f"S{TIME_WIDTH}"),
            ("status", "u1"),
            ("band_low", ">f8"),
            ("band_high", ">f8"),
        ]
    )
