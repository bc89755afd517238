"""From times to the IDs of alerts, which begin with the time at which Redis took them."""

from typing import Final

from market_spread.stream_id import StreamId
from shared.base.iso_time import parse_time

_MICROSECONDS: Final = 1000


def first_at(time: str) -> StreamId:
    """The first ID that an entry of a time, or later, can have: IDs tell milliseconds, times microseconds.

    Raises:
        ValueError: it is no time.
    """
    return StreamId(-(-parse_time(time) // _MICROSECONDS), 0)
