"""Which alerts somebody wants printed, and the printing of them."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Final

from market_spread import Gap
from market_spread.gap import StreamState
from market_spread.stream_id import AFTER_ALL, BEFORE_ALL, StreamId
from services.cli.printing.alert_source import AlertSource
from services.orders.alerts.published import Alert

_DEFAULT_LIMIT: Final = 100

Print = Callable[[list[Alert]], None]
Note = Callable[[Gap], None]


@dataclass(frozen=True)
class Span:
    """From where to where."""

    after: StreamId | None = None
    """Only alerts after this one, all of them; None: the newest, unless there is a `since`."""
    since: StreamId | None = None
    """Only alerts with this ID or a later one, all of them."""
    until: StreamId | None = None
    """Only alerts before this ID."""
    limit: int | None = None
    """At most so many: of the first ones where there is a beginning, else of the newest."""
    follow: bool = False
    """Go on with those to come, until `until`."""

    def going_on(self, last: StreamId | None) -> "Span":
        """What follows an alert; if there is none, this span, from the oldest on if nothing else is said."""
        if last is not None:
            return replace(self, after=last, since=None)
        return self if self.since is not None else replace(self, after=self.after or BEFORE_ALL)

    def begin(self, state: StreamState) -> StreamId | None:
        """After which ID to read in a stream; None: the newest are wanted."""
        if self.since is None:
            return self.after
        # A time that is still to come is waited for at the end of what there is. A stream that has lost
        # nothing is read from its beginning: what would be before that is not missing.
        has_begun = state.first is not None and state.first < self.since
        since = min(_before(self.since), state.last) if has_begun or state.removed else BEFORE_ALL
        return since if self.after is None else max(self.after, since)

    def cut(self, alerts: list[Alert]) -> list[Alert]:
        """Those of some alerts that lie within `since` and `until`."""
        low, high = self.since or BEFORE_ALL, self.until or AFTER_ALL
        return [alert for alert in alerts if low <= StreamId.parse(alert.id) < high]

    def is_before(self, alerts: list[Alert]) -> bool:
        """Whether alerts that follow these may be wanted."""
        return self.until is None or not alerts or StreamId.parse(alerts[-1].id) < self.until


async def print_span(source: AlertSource, span: Span, show: Print, note: Note) -> None:
    """Print the alerts of a span, oldest first; `note` is told what may be missing, before what follows it.

    Raises:
        RedisUnavailable: no answer at the start, or to what does not follow.
    """
    state = await source.reach()
    position, end = span.begin(state), state.last
    if position is None:
        limit = _DEFAULT_LIMIT if span.limit is None else span.limit
        before = end.successor if span.until is None else min(end.successor, span.until)
        show(await source.newest(limit, before))
        position = end
        if not span.follow:
            return
    if span.follow:
        await _print_portions(source.follow(position, span.until, note), span, sys.maxsize, show)
    elif span.since is None or span.since <= end:
        limit = sys.maxsize if span.limit is None else span.limit
        await _print_portions(source.after(position, note), span, limit, show)


async def _print_portions(portions: AsyncIterator[list[Alert]], span: Span, limit: int, show: Print) -> None:
    left = limit
    async with aclosing(portions):  # type: ignore[type-var]
        async for portion in portions:
            wanted = span.cut(portion)[:left]
            show(wanted)
            left -= len(wanted)
            if left <= 0 or not span.is_before(portion):
                return


def _before(entry_id: StreamId) -> StreamId:
    """The ID just before the first one of a millisecond."""
    milliseconds = entry_id.milliseconds
    return StreamId(milliseconds - 1, AFTER_ALL.number) if milliseconds else BEFORE_ALL
