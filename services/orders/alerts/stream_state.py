"""What Redis says of the alert stream."""

from redis.exceptions import ResponseError

from market_spread.gap import NO_STREAM, StreamState
from shared.redis.link import Reply


def parse_stream_state(info: Reply) -> StreamState:
    """Read the reply to `XINFO STREAM`.

    Raises:
        ResponseError: it is no stream, or may not be read.
    """
    if isinstance(info, ResponseError):
        if "no such key" in str(info):
            return NO_STREAM
        raise info
    names = (name.decode() for name in info[::2])
    return StreamState.of(dict(zip(names, info[1::2], strict=True)))
