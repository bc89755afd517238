"""Reads the alert stream page by page, forwards or backwards, all of it or what matches."""

from dataclasses import dataclass
from typing import Final

from redis.exceptions import ResponseError

from market_spread.stream_id import AFTER_ALL, BEFORE_ALL, StreamId
from services.orders.alerts.filter import ALL, AlertFilter
from services.orders.alerts.published import Alert, AlertPage, Entry, alerts_of
from services.orders.alerts.stream_state import parse_stream_state
from shared.redis.aio.link import AsyncLink
from shared.redis.link import Command, command

_MOST_LOOKED_AT: Final = 10_000
_AT_ONCE: Final = 1000


@dataclass(frozen=True)
class Wanted:
    """Which alerts to read."""

    limit: int
    after: StreamId | None = None
    """Only alerts after this one, oldest first; None: newest first."""
    before: StreamId | None = None
    since: StreamId | None = None
    """Only alerts with this ID or a later one."""
    only: AlertFilter = ALL

    @property
    def interval(self) -> tuple[StreamId, StreamId | None]:
        """The first ID that may be wanted, and the first that is too late; None: none is."""
        low = max(self.since or BEFORE_ALL, BEFORE_ALL if self.after is None else self.after.successor)
        return low, BEFORE_ALL if self.after == AFTER_ALL else self.before


class NoSuchAlert(Exception):
    """There is no alert with that ID.

    Args:
        text: what is known about it.
        was_trimmed: whether the stream has lost its older alerts, of which it may have been one.
    """

    def __init__(self, text: str, *, was_trimmed: bool) -> None:
        super().__init__(text)
        self.was_trimmed = was_trimmed


class AlertHistory:
    """Reads the stream of alerts.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: AsyncLink, stream: str) -> None:
        self._link = link
        self._stream = stream

    async def one(self, alert_id: StreamId) -> Alert:
        """The alert with an ID.

        Raises:
            NoSuchAlert: there is none.
            RedisUnavailable: no answer.
        """
        look = command(self._stream, "XINFO", "STREAM", self._stream)
        reading = self._command("XRANGE", str(alert_id), str(alert_id), 1)
        entries, info = await self._link.roundtrip([reading, look])
        if isinstance(entries, ResponseError):
            raise entries
        for alert in alerts_of(entries):
            return alert
        if parse_stream_state(info).has_trimmed(alert_id):
            raise NoSuchAlert(
                f"the alert {alert_id} is not there any more: the stream was trimmed since", was_trimmed=True
            )
        raise NoSuchAlert(f"there never was an alert {alert_id}", was_trimmed=False)

    async def page(self, wanted: Wanted) -> AlertPage:
        """A page of alerts; a filtered one looks at no more than 10,000 entries.

        Raises:
            RedisUnavailable: no answer.
        """
        found: list[Alert] = []
        looked_at, (low, high) = 0, wanted.interval
        most = wanted.limit if wanted.only.wants_all else _MOST_LOOKED_AT
        while True:
            count = min(_AT_ONCE, most - looked_at)
            # One more than is looked at tells whether there is more.
            entries = await self._read(low, high, count + 1, backwards=wanted.after is None)
            for place, entry in enumerate(entries[:count], start=1):
                if wanted.only.matches(entry):
                    found += alerts_of([entry])
                if len(found) == wanted.limit:
                    return AlertPage(alerts=found, next=_id(entry) if place < len(entries) else None)
            looked_at += count
            if len(entries) <= count:
                return AlertPage(alerts=found, next=None)
            edge = _id(entries[count - 1])
            if looked_at == most:
                return AlertPage(alerts=found, next=edge)
            if wanted.after is None:
                high = StreamId.parse(edge)
            else:
                low = StreamId.parse(edge).successor

    async def _read(
        self, low: StreamId, high: StreamId | None, count: int, *, backwards: bool
    ) -> list[Entry]:
        """The first entries of an interval without its upper end, or the last ones backwards."""
        if high == BEFORE_ALL:  # Redis takes this for a mistake
            return []
        first, last = str(low), "+" if high is None else f"({high}"
        if backwards:
            reading = self._command("XREVRANGE", last, first, count)
        else:
            reading = self._command("XRANGE", first, last, count)
        (reply,) = await self._link.roundtrip([reading])
        if isinstance(reply, ResponseError):
            raise reply
        entries: list[Entry] = reply
        return entries

    def _command(self, name: str, first: str, last: str, count: int) -> Command:
        return command(self._stream, name, self._stream, first, last, "COUNT", count)


def _id(entry: Entry) -> str:
    entry_id: bytes = entry[0]
    return entry_id.decode()
