"""Whether alerts may be missing: at the edges where one alert more or less decides."""

import pytest

from market_spread.gap import NO_STREAM, Gap, StreamState, find_gap
from market_spread.stream_id import BEFORE_ALL, StreamId

FIVE, SIX, SEVEN = (StreamId(5, number) for number in (5, 6, 7))


@pytest.mark.parametrize(
    ("after", "found", "state", "gap"),
    [
        pytest.param(FIVE, SEVEN, StreamState(SEVEN, FIVE, 3), None, id="the one before is still there"),
        pytest.param(FIVE, SEVEN, StreamState(SEVEN, SIX, 3), Gap(FIVE, SEVEN), id="it is not"),
        pytest.param(FIVE, None, StreamState(FIVE, None, 9), None, id="empty, all was read"),
        pytest.param(FIVE, None, StreamState(SIX, None, 9), Gap(FIVE, SIX), id="empty, one was not"),
        pytest.param(SIX, None, StreamState(FIVE, FIVE, 0), Gap(SIX, FIVE), id="Redis lost what was read"),
        pytest.param(SIX, None, NO_STREAM, Gap(SIX, BEFORE_ALL), id="the stream is gone"),
        pytest.param(BEFORE_ALL, FIVE, StreamState(FIVE, FIVE, 0), None, id="from the beginning"),
        pytest.param(
            BEFORE_ALL, FIVE, StreamState(FIVE, FIVE, 1), Gap(BEFORE_ALL, FIVE), id="the beginning is gone"
        ),
        pytest.param(BEFORE_ALL, None, NO_STREAM, None, id="there never was an alert"),
    ],
)
def test_gap(after: StreamId, found: StreamId | None, state: StreamState, gap: Gap | None) -> None:
    """What was read after an ID, with the state asked for then, shows a gap or none."""
    assert find_gap(after, found, state) == gap
