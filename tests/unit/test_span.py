"""From where to where alerts are printed."""

import pytest

from market_spread.gap import NO_STREAM, StreamState
from market_spread.stream_id import AFTER_ALL, BEFORE_ALL, StreamId
from services.cli.printing.span import Span
from services.orders.alerts.published import Alert
from tests.support.market_state import alert_fields

HALF = AFTER_ALL.number
WHOLE = StreamState(StreamId(9000, 5), StreamId(4000, 0), removed=0)
TRIMMED = WHOLE._replace(removed=7)
EMPTIED = StreamState(StreamId(9000, 5), None, removed=7)


@pytest.mark.parametrize(
    ("span", "state", "begin"),
    [
        (Span(), WHOLE, None),
        (Span(after=StreamId(1, 2)), TRIMMED, StreamId(1, 2)),
        (Span(since=StreamId(5000, 0)), WHOLE, StreamId(4999, HALF)),
        (Span(since=StreamId(4000, 0)), WHOLE, BEFORE_ALL),
        (Span(since=StreamId(3000, 0)), WHOLE, BEFORE_ALL),
        (Span(since=StreamId(3000, 0)), TRIMMED, StreamId(2999, HALF)),
        (Span(since=StreamId(3000, 0)), EMPTIED, StreamId(2999, HALF)),
        (Span(since=StreamId(0, 0)), TRIMMED, BEFORE_ALL),
        (Span(since=StreamId(9001, 0)), WHOLE, StreamId(9000, 5)),
        (Span(since=StreamId(9001, 0)), NO_STREAM, BEFORE_ALL),
        (Span(since=StreamId(5000, 0), after=StreamId(6000, 0)), WHOLE, StreamId(6000, 0)),
        (Span(since=StreamId(5000, 0), after=StreamId(1, 0)), WHOLE, StreamId(4999, HALF)),
    ],
)
def test_where_it_begins(span: Span, state: StreamState, begin: StreamId | None) -> None:
    """Just before a time, at the end for one that is to come, and without a gap where nothing is missing."""
    assert span.begin(state) == begin


def test_what_lies_within() -> None:
    """From `since` on, before `until`; only an alert from `until` on says that nothing follows."""
    ids = ["4999-9", "5000-0", "5999-9", "6000-0"]
    fields = {name: str(value) for name, value in alert_fields().items()}
    alerts = [Alert.of(each, fields) for each in ids]
    span = Span(since=StreamId(5000, 0), until=StreamId(6000, 0))

    assert [alert.id for alert in span.cut(alerts)] == ["5000-0", "5999-9"]
    assert [span.is_before(alerts[:count]) for count in (0, 3, 4)] == [True, True, False]
    assert Span().cut(alerts) == alerts


@pytest.mark.parametrize(
    ("span", "last", "after", "since"),
    [
        (Span(), None, BEFORE_ALL, None),
        (Span(after=StreamId(7, 0)), None, StreamId(7, 0), None),
        (Span(since=StreamId(8, 0)), None, None, StreamId(8, 0)),
        (Span(since=StreamId(8, 0), after=StreamId(7, 0)), StreamId(3, 1), StreamId(3, 1), None),
    ],
)
def test_an_archive_goes_on(
    span: Span, last: StreamId | None, after: StreamId | None, since: StreamId | None
) -> None:
    """After its last alert whatever is said; a new one begins where it is told, or with the oldest."""
    going_on = span.going_on(last)

    assert (going_on.after, going_on.since) == (after, since)
