"""All alerts, in order, going on where the reader stopped."""

import logging
from collections.abc import AsyncGenerator, Callable
from typing import Final

from redis.exceptions import ResponseError

from market_spread.alert import ALERTS, Alert
from market_spread.asking.connecting import BLOCK_S, Client, client_of
from market_spread.asking.outage import Outage
from market_spread.entries import Entry, alerts_of, entries_of
from market_spread.gap import NO_STREAM, Gap, StreamState, find_gap
from market_spread.stream_id import StreamId

logger = logging.getLogger(__name__)

_READ_AT_ONCE: Final = 1000


def _log_gap(gap: Gap) -> None:
    logger.warning(
        "alerts after %s and before %s may be missing: they are gone from Redis", gap.after, gap.to
    )


async def subscribe(
    redis: str | Client,
    *,
    after: str | None = None,
    stream: str = ALERTS,
    on_gap: Callable[[Gap], None] = _log_gap,
) -> AsyncGenerator[Alert, None]:
    """All alerts after an ID, and then those to come, each once and in order, for ever.

    Survives a restart of Redis: it waits until Redis is back and goes on.

    Args:
        redis: a URL (`redis://`, `rediss://`, `unix://`, `redis+cluster://`, `redis+sentinel://`), or a
            client of redis-py for asyncio, which stays open, with a socket time-out above a second.
        after: the ID of the last alert that you have; `0` for all that there are; None: only those to come.
        stream: the stream of alerts.
        on_gap: told when alerts may be missing because Redis no longer has them; logged by default.

    Raises:
        ValueError: `after` is no ID, or the URL is none.
        AuthenticationError: Redis does not let us in.
        NoPermissionError: this user may not read the stream.
    """
    position = None if after is None else StreamId.parse(after)
    outage = Outage()
    async with client_of(redis) as client:
        if position is None:
            position = (await outage.wait_for(lambda: _state(client, stream))).last
        while True:
            entries, state = await outage.wait_for(lambda at=position: _read(client, stream, at))  # type: ignore[misc]
            first = StreamId.of(entries[0][0]) if entries else None
            gap = find_gap(position, first, state)
            if gap is not None:
                on_gap(gap)
            for alert in alerts_of(entries):
                yield alert
            if entries:
                position = StreamId.of(entries[-1][0])
            elif gap is not None:
                position = gap.to


async def _read(client: Client, stream: str, after: StreamId) -> tuple[list[Entry], StreamState]:
    """What follows an ID, as soon as something does or after a second, and then the state of the stream."""
    reply = await client.xread({stream: str(after)}, count=_READ_AT_ONCE, block=int(BLOCK_S * 1000))
    return entries_of(reply), await _state(client, stream)


async def _state(client: Client, stream: str) -> StreamState:
    try:
        return StreamState.of(await client.xinfo_stream(stream))
    except ResponseError as error:
        if "no such key" in str(error):
            return NO_STREAM
        raise
