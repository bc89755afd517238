"""Reads the alert stream page by page, forwards or backwards, all of it or what matches."""

from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from services.orders.published_alert import Alert, AlertPage, Entry, alerts_of
from shared.async_link import AsyncLink
from shared.redis_link import Command, command
from shared.stream_id import AFTER_ALL, BEFORE_ALL, StreamId

_MOST_LOOKED_AT: Final = 10_000
_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Wanted:
    """Which alerts to read."""

    limit: int
    after: StreamId | None = None
    """Only alerts after this one, oldest first; None: newest first."""
    before: StreamId | None = None
    symbol: str | None = None
    account: int | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether an alert in range may still not be wanted."""
        return self.symbol is not None or self.account is not None

    def matches(self, alert: Alert) -> bool:
        """Whether it is about the symbol and the account."""
        return self.symbol in {None, alert.symbol} and self.account in {None, alert.account}


class AlertHistory:
    """Reads the stream of alerts.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: AsyncLink, stream: str) -> None:
        self._link = link
        self._stream = stream

    async def page(self, wanted: Wanted) -> AlertPage:
        """A page of alerts; a filtered one looks at no more than 10,000 entries.

        Raises:
            RedisAway: no answer.
        """
        found: list[Alert] = []
        looked_at, edge = 0, wanted.before if wanted.after is None else wanted.after
        most = _MOST_LOOKED_AT if wanted.is_filtered else wanted.limit
        while True:
            count = min(_AT_ONCE, most - looked_at)
            entries = await self._read(wanted, edge, count + 1)  # one more tells whether there is more
            for place, entry in enumerate(entries[:count], start=1):
                edge = StreamId.parse(entry[0].decode())
                found += [alert for alert in alerts_of([entry]) if wanted.matches(alert)]
                if len(found) == wanted.limit:
                    return AlertPage(alerts=found, next=str(edge) if place < len(entries) else None)
            looked_at += count
            if len(entries) <= count:
                return AlertPage(alerts=found, next=None)
            if looked_at == most:
                return AlertPage(alerts=found, next=str(edge))

    async def _read(self, wanted: Wanted, edge: StreamId | None, count: int) -> list[Entry]:
        """The entries that follow the edge in the direction that is wanted."""
        if wanted.after is None:
            reading = self._backwards(edge, count)
        else:
            reading = self._forwards(edge or BEFORE_ALL, wanted.before, count)
        if reading is None:
            return []
        (reply,) = await self._link.roundtrip([reading])
        if isinstance(reply, ResponseError):
            raise reply
        entries: list[Entry] = reply
        return entries

    def _backwards(self, before: StreamId | None, count: int) -> Command | None:
        if before == BEFORE_ALL:  # Redis refuses an empty interval at either end
            return None
        return self._command("XREVRANGE", "+" if before is None else f"({before}", "-", count)

    def _forwards(self, after: StreamId, before: StreamId | None, count: int) -> Command | None:
        if after == AFTER_ALL or before == BEFORE_ALL:
            return None
        return self._command("XRANGE", f"({after}", "+" if before is None else f"({before}", count)

    def _command(self, name: str, first: str, last: str, count: int) -> Command:
        return command(self._stream, name, self._stream, first, last, "COUNT", count)
