"""What a service says of its FIX sessions in its row, and what the API makes of that."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from services.web.state.service_states import ServiceState
from shared.redis.server_clock import ServerClock
from shared.telemetry.fix_metrics import FixMetrics
from shared.telemetry.histogram import Histogram
from shared.telemetry.metrics import FeedMetrics
from shared.telemetry.session_figures import MOST_BYTES, SessionFigures, row_of
from shared.telemetry.status import Status
from tests.support.fix_session import NOW


def test_the_api_tells_what_the_row_says() -> None:
    """Of one that is up all is known, of one that never was its name and role; times also as ISO."""
    desk, venue = SessionFigures("acceptor"), SessionFigures("initiator")
    desk.failed(NOW - 1, "Logon refused\x1b" + "x" * 200)
    desk.stands(NOW, is_up=True, numbers=(7, 1001), lag=3)
    row = row_of({"desk-a": desk, "venue": venue})
    state = ServiceState.model_validate({"role": "check", "instance": "a", **row})

    assert (state.sessions_configured, state.sessions_up) == (2, 1)
    assert state.sessions is not None
    never, up = (each.model_dump(exclude_none=True) for each in state.sessions)
    assert never == {"name": "venue", "role": "initiator", "up": False}
    text = up.pop("last_error")
    assert text.startswith(r"Logon refused\x1bxxx")
    assert len(text) == 160
    assert up == {
        "name": "desk-a", "role": "acceptor", "up": True, "next_in": 7, "next_out": 1001, "lag": 3,
        "since": NOW, "since_iso": "2026-01-05T14:30:00.000000Z",
        "last_error_at": NOW - 1, "last_error_at_iso": "2026-01-05T14:29:59.999999Z",
    }  # fmt: skip


def test_since_is_when_it_changed() -> None:
    """Not when it was looked at; what is down has no lag, and keeps its numbers."""
    figures = SessionFigures("acceptor")
    for now_us, is_up in ((1, False), (2, True), (3, True), (4, False), (5, False)):
        figures.stands(now_us, is_up=is_up, numbers=(now_us, 1), lag=2)
        assert figures.since_us == {1: None, 2: 2, 3: 2, 4: 4, 5: 4}[now_us]
    assert (figures.numbers, figures.lag) == ((5, 1), None)


def test_a_service_without_sessions_says_nothing_of_any() -> None:
    """Then the API has null, as of a service of a version before."""
    assert row_of({}) == {}
    assert ServiceState.model_validate({"role": "check", "instance": "a"}).sessions is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**18), st.text(max_size=300)), max_size=200))
@example([(True, 0, "")] * 1000)
@example([(True, 0, "\N{GRINNING FACE}" * 300)] * 300)
@example([(True, 5, ""), (False, 0, ""), (True, 9, "")])
def test_the_row_is_bounded(given_sessions: list[tuple[bool, int, str]]) -> None:
    """Whatever there is: those that are down are named first, then those furthest behind; all are counted."""
    sessions = {}
    for place, (is_up, lag, error) in enumerate(given_sessions):
        figures = sessions[f"session-{place:0>56}"] = SessionFigures("acceptor")
        figures.stands(NOW, is_up=is_up, numbers=(10**18, 10**18), lag=lag)
        figures.failed(NOW, error)
    row = row_of(sessions)
    if not sessions:
        assert row == {}
        return
    assert len(row["sessions"].encode()) <= MOST_BYTES
    named = json.loads(row["sessions"])
    order = [(each["up"], -each.get("lag", 0), each["name"]) for each in named]
    assert order == sorted(order)
    assert row["sessions_configured"] == str(len(sessions))
    assert row["sessions_up"] == str(sum(is_up for is_up, _, _ in given_sessions))
    assert len(named) == len(sessions) or len(row["sessions"]) > MOST_BYTES - 1500


def test_sessions_are_in_the_row_and_not_in_the_history() -> None:
    """An hour of the history would hold them 3,600 times."""
    status = Status("check", "none", Histogram(), ServerClock())
    row = row_of({"desk-a": SessionFigures("acceptor")})
    hset, _, xadd = (each.packed for each in status.commands({}, {"lag": "0"}, row))

    assert b"desk-a" in hset
    assert b"sessions" not in xadd


def test_who_is_logged_on_counts_as_connected() -> None:
    """Beside those that send frames; also where Prometheus asks."""
    metrics = FeedMetrics("order")
    metrics.connections = 2
    metrics.fix = FixMetrics({"a": SessionFigures("acceptor", is_up=True), "b": SessionFigures("acceptor")})

    assert metrics.senders == 3
    assert b"market_spread_connections 3.0" in metrics.render()
    assert b"market_spread_build_info{version=" in metrics.render()
