"""Reading alerts from Python.

Every alert, in order, going on where you stopped:

    from services.orders.subscriber import subscribe

    async for alert in subscribe("redis://127.0.0.1:6379/0", after=last_id):
        print(alert.symbol, alert.reason)
        last_id = alert.id  # keep it where it survives you

Or shared out among several readers, each alert to one of them, at least once:

    from services.orders.subscriber import share

    async for alert in share("redis://127.0.0.1:6379/0", group="desk", consumer="ada"):
        print(alert.symbol, alert.reason)

Both survive a restart of Redis: they wait until it is back and go on.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, TypeVar

from redis.exceptions import ResponseError

from market_spread import Gap
from market_spread.stream_id import StreamId
from services.orders.alerts.published import Alert, Entry, alerts_of
from services.orders.alerts.tail import AlertTail
from shared.market import keys
from shared.redis.aio.link import AsyncLink
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisUnavailable, Reply, Word, command

__all__ = ["Alert", "Gap", "share", "subscribe"]

logger = logging.getLogger(__name__)

_BLOCK_S: Final = 1.0
_AGAIN_S: Final = 0.25
_AT_ONCE: Final = 100
_ABANDONED_MS: Final = 60_000

Result = TypeVar("Result")


def _log_gap(gap: Gap) -> None:
    logger.warning(
        "alerts after %s and before %s may be missing: they are gone from Redis", gap.after, gap.to
    )


async def subscribe(
    redis_url: str,
    *,
    after: str | None = None,
    stream: str = keys.ALERTS,
    on_gap: Callable[[Gap], None] = _log_gap,
) -> AsyncGenerator[Alert, None]:
    """All alerts after an ID, and then those to come, each once and in order, for ever.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://` or whatever else the services take.
        after: the ID of the last alert that you have; `0` for all that there are; None: only those to come.
        stream: the stream of alerts.
        on_gap: told when alerts may be missing because Redis no longer has them; logged by default.

    Raises:
        ValueError: `after` is no ID, or the URL is none.
    """
    position = None if after is None else StreamId.parse(after)
    link = open_async_link(redis_url, name="market-spread-subscriber")
    tail = AlertTail(link, stream)
    try:
        if position is None:
            position = await _retry(tail.last)
        while True:
            at = position
            news = await _retry(lambda at=at: tail.read(at, _BLOCK_S))  # type: ignore[misc]
            if news.gap is not None:
                on_gap(news.gap)
            for alert in alerts_of(news.entries):
                yield alert
            position = news.position
    finally:
        await link.close()


async def share(
    redis_url: str, *, group: str, consumer: str, stream: str = keys.ALERTS
) -> AsyncGenerator[Alert, None]:
    """The alerts that fall to one reader of a consumer group, for ever.

    An alert counts as done when the next one is asked for. What a reader had not done when it died comes
    again: to the reader that comes back under its name, or after a minute to another one. So an alert may
    come twice, and the alerts of the group are in no order. A new group begins with the alerts to come.

    Args:
        redis_url: `redis://`, `rediss://`, `unix://` or whatever else the services take.
        group: who share the alerts.
        consumer: this reader; no two at a time may have the same name.
        stream: the stream of alerts.

    Raises:
        ValueError: the URL is none.
    """
    link = open_async_link(redis_url, name="market-spread-subscriber")
    members = _Group(link, stream, group, consumer)
    try:
        while True:
            for entry in await _retry(members.read):
                for alert in alerts_of([entry]):
                    yield alert
                await _retry(lambda done=entry[0]: members.done(done))  # type: ignore[misc]
    finally:
        await link.close()


class _Group:
    """A consumer group, as one of its readers sees it."""

    def __init__(self, link: AsyncLink, stream: str, group: str, consumer: str) -> None:
        self._link = link
        self._stream, self._group, self._consumer = stream, group, consumer
        self._has_own = True
        """Whether there may be alerts that fell to this reader before it died."""

    async def read(self) -> list[Entry]:
        """The next alerts: what was left from an earlier life, then what others left, then new ones."""
        if self._has_own:
            own = await self._read_own()
            self._has_own = bool(own)
            return own
        return await self._claim() or await self._read_new()

    async def done(self, entry_id: bytes) -> None:
        """An alert needs not come again."""
        await self._ask("XACK", self._stream, self._group, entry_id)

    async def _read_own(self) -> list[Entry]:
        return _entries(await self._ask(*self._reading, "STREAMS", self._stream, "0"))

    async def _read_new(self) -> list[Entry]:
        block = ("BLOCK", int(_BLOCK_S * 1000))
        return _entries(
            await self._ask(*self._reading, *block, "STREAMS", self._stream, ">", wait_s=_BLOCK_S)
        )

    async def _claim(self) -> list[Entry]:
        words = (self._stream, self._group, self._consumer, _ABANDONED_MS, "0-0", "COUNT", _AT_ONCE)
        claimed = await self._ask("XAUTOCLAIM", *words)
        entries: list[Entry] = claimed[1]
        return entries

    @property
    def _reading(self) -> tuple[Word, ...]:
        return ("XREADGROUP", "GROUP", self._group, self._consumer, "COUNT", _AT_ONCE)

    async def _ask(self, *words: Word, wait_s: float = 0.0) -> Reply:
        """Ask Redis; make the group if it is not there, or not there any more."""
        (reply,) = await self._link.roundtrip([command(self._stream, *words)], wait_s)
        if not isinstance(reply, ResponseError):
            return reply
        if "NOGROUP" not in str(reply):
            raise reply
        create = ("XGROUP", "CREATE", self._stream, self._group, "$", "MKSTREAM")
        await self._link.roundtrip([command(self._stream, *create)])
        return await self._ask(*words, wait_s=wait_s)


def _entries(reply: Reply) -> list[Entry]:
    """The entries of the one stream; those that were trimmed meanwhile have no fields."""
    return [entry for entry in reply[0][1] if entry[1] is not None] if reply else []


async def _retry(read: Callable[[], Awaitable[Result]]) -> Result:
    """Ask Redis again and again until it answers; say when it is away and when it is back."""
    is_away = False
    while True:
        try:
            result = await read()
        except RedisUnavailable as error:
            if not is_away:
                logger.warning("Redis is out of reach, alerts have to wait: %s", error)
            is_away = True
            await asyncio.sleep(_AGAIN_S)
        else:
            if is_away:
                logger.info("Redis is back")
            return result
