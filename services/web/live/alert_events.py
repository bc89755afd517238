"""What was read of the alert stream, as server-sent events: each alert encoded once, for whoever wants it."""

import json
from functools import cached_property

from market_spread.stream_id import AFTER_ALL, StreamId
from services.orders.alerts.filter import AlertFilter
from services.orders.alerts.published import Entry, alerts_of, to_json
from services.orders.alerts.tail import News
from services.web.live import sse


class AlertEvents:
    """The events of what was read.

    Args:
        news: what was read.
        up_to: alerts after this ID are left out.
    """

    def __init__(self, news: News, up_to: StreamId = AFTER_ALL) -> None:
        self._news = news
        self._up_to = up_to
        self._chunks: dict[AlertFilter, bytes] = {}
        self._events: dict[bytes, bytes] = {}

    def matching(self, only: AlertFilter) -> bytes:
        """The gap, if there is one, and the alerts that fit a filter; the same object for the same filter."""
        if only not in self._chunks:
            wanted = (each for each in self._news.entries if only.matches(each))
            self._chunks[only] = self._gap + b"".join(self._event(entry) for entry in wanted)
        return self._chunks[only]

    @cached_property
    def _gap(self) -> bytes:
        gap = self._news.gap
        if gap is None:
            return b""
        said = sse.event("gap", json.dumps({"from": str(gap.after), "to": str(gap.to)}).encode())
        return said if self._news.entries else said + sse.position(str(self._news.position))

    def _event(self, entry: Entry) -> bytes:
        if entry[0] not in self._events:
            self._events[entry[0]] = b"".join(
                sse.event("alert", to_json(alert), alert.id)
                for alert in alerts_of([entry])
                if StreamId.parse(alert.id) <= self._up_to
            )
        return self._events[entry[0]]
