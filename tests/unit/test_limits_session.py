"""Windows of a session: their edges, over midnight, closed days, and the clock changes of two continents."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.base.iso_time import parse_time
from shared.market.limits.session import Session, Span

NEW_YORK = Session(
    "America/New_York",
    {"pre": (Span(240, 570),), "open": (Span(570, 960),), "post": (Span(960, 1200),)},
    days=frozenset(range(5)),
    closed_on=frozenset({date(2026, 12, 25)}),
)
LONDON = Session("Europe/London", {"open": (Span(480, 990),)}, days=frozenset(range(5)))
CURRENCIES = Session(
    "America/New_York",
    {"open": (Span(18 * 60, 17 * 60),)},
    days=frozenset({6, 0, 1, 2, 3}),
    closed_on=frozenset({date(2026, 12, 24)}),
)


def at(session: Session, local: str) -> str:
    """The window at a time of the session's wall clock."""
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(session.zone))
    return session.window_at(parse_time(moment.isoformat()))


@pytest.mark.parametrize(
    ("local", "window"),
    [
        ("2026-11-25 03:59:59.999999", "closed"),
        ("2026-11-25 04:00", "pre"),
        ("2026-11-25 09:29:59.999999", "pre"),
        ("2026-11-25 09:30", "open"),
        ("2026-11-25 15:59:59.999999", "open"),
        ("2026-11-25 16:00", "post"),
        ("2026-11-25 19:59:59.999999", "post"),
        ("2026-11-25 20:00", "closed"),
        ("2026-11-28 12:00", "closed"),
        ("2026-11-29 12:00", "closed"),
        ("2026-11-30 12:00", "open"),
        ("2026-12-24 12:00", "open"),
        ("2026-12-25 12:00", "closed"),
        ("2026-12-28 12:00", "open"),
    ],
)
def test_edges(local: str, window: str) -> None:
    """A window begins at its first time and ends just before its last, on open days."""
    assert at(NEW_YORK, local) == window


@pytest.mark.parametrize(
    ("local", "window"),
    [
        ("2026-11-22 17:59:59.999999", "closed"),
        ("2026-11-22 18:00", "open"),
        ("2026-11-23 00:00", "open"),
        ("2026-11-23 16:59:59.999999", "open"),
        ("2026-11-23 17:00", "closed"),
        ("2026-11-23 17:59:59.999999", "closed"),
        ("2026-11-23 18:00", "open"),
        ("2026-11-27 16:59", "open"),
        ("2026-11-27 17:00", "closed"),
        ("2026-11-27 18:00", "closed"),
        ("2026-11-28 12:00", "closed"),
        ("2026-11-22 12:00", "closed"),
        ("2026-12-24 16:00", "open"),
        ("2026-12-24 18:00", "closed"),
        ("2026-12-25 12:00", "closed"),
        ("2026-12-27 18:00", "open"),
    ],
)
def test_over_midnight(local: str, window: str) -> None:
    """A window over midnight belongs to the day on which it begins: Sunday 18:00 until Friday 17:00.

    On 24 December none begins, so the one that began on the 23rd is the last before the holiday.
    """
    assert at(CURRENCIES, local) == window


@pytest.mark.parametrize(
    ("moment", "new_york", "london"),
    [
        ("2026-03-06T14:29:59Z", "pre", "open"),
        ("2026-03-06T14:30:00Z", "open", "open"),
        ("2026-03-06T21:00:00Z", "post", "closed"),
        ("2026-03-09T13:29:59Z", "pre", "open"),
        ("2026-03-09T13:30:00Z", "open", "open"),
        ("2026-03-09T16:29:59Z", "open", "open"),
        ("2026-03-09T16:30:00Z", "open", "closed"),
        ("2026-03-27T16:29:59Z", "open", "open"),
        ("2026-03-30T07:00:00Z", "closed", "open"),
        ("2026-03-30T15:30:00Z", "open", "closed"),
        ("2026-10-23T13:30:00Z", "open", "open"),
        ("2026-10-26T07:59:59Z", "closed", "closed"),
        ("2026-10-26T08:00:00Z", "pre", "open"),
        ("2026-10-26T13:30:00Z", "open", "open"),
        ("2026-10-30T19:59:59Z", "open", "closed"),
        ("2026-10-30T20:00:00Z", "post", "closed"),
        ("2026-11-02T14:29:59Z", "pre", "open"),
        ("2026-11-02T14:30:00Z", "open", "open"),
        ("2026-11-02T20:59:59Z", "open", "closed"),
    ],
)
def test_between_the_clock_changes_of_two_continents(moment: str, new_york: str, london: str) -> None:
    """Each session follows the clock of its own zone.

    In 2026 the US change their clocks on 8 March and 1 November, Europe on 29 March and 25 October.
    """
    assert NEW_YORK.window_at(parse_time(moment)) == new_york
    assert LONDON.window_at(parse_time(moment)) == london


ALL_WEEK = Session("America/New_York", {"night": (Span(60, 150),), "later": (Span(150, 240),)})


@pytest.mark.parametrize(
    ("moment", "window"),
    [
        ("2026-03-08T05:59:59Z", "closed"),  # 00:59:59
        ("2026-03-08T06:00:00Z", "night"),  # 01:00
        ("2026-03-08T06:59:59Z", "night"),  # 01:59:59, and then it is 03:00
        ("2026-03-08T07:00:00Z", "later"),
        ("2026-03-08T07:59:59Z", "later"),
        ("2026-03-08T08:00:00Z", "closed"),
        ("2026-11-01T04:59:59Z", "closed"),
        ("2026-11-01T05:00:00Z", "night"),  # 01:00 for the first time
        ("2026-11-01T06:00:00Z", "night"),  # 01:00 for the second time
        ("2026-11-01T07:29:59Z", "night"),  # 02:29:59
        ("2026-11-01T07:30:00Z", "later"),
        ("2026-11-01T08:59:59Z", "later"),
        ("2026-11-01T09:00:00Z", "closed"),
    ],
)
def test_in_the_night_of_a_clock_change(moment: str, window: str) -> None:
    """An hour that is left out makes a window shorter, one that comes twice makes it longer."""
    assert ALL_WEEK.window_at(parse_time(moment)) == window


def test_the_end_of_the_calendar() -> None:
    """The last moment that a time can name is in some window, too, wherever the sun rises first."""
    assert (
        Session("Pacific/Auckland", {"open": (Span(0, 1440),)}).window_at(parse_time("9999-12-31T23:59:59Z"))
        == "open"
    )


def test_the_first_window_that_fits() -> None:
    """Where windows overlap, the earlier one in the file wins; all day is all day."""
    session = Session(
        "UTC", {"a": (Span(600, 660), Span(700, 710)), "b": (Span(630, 720),), "c": (Span(0, 1440),)}
    )

    assert [at(session, f"2026-11-25 {time}") for time in ("10:45", "11:00", "11:45", "11:50", "12:00")] == [
        "a", "b", "a", "b", "c",
    ]  # fmt: skip
    assert at(session, "2026-11-25 00:00") == at(session, "2026-11-25 23:59:59.999999") == "c"


@given(st.integers(946_684_800, 2_114_380_800), st.sampled_from([NEW_YORK, CURRENCIES, LONDON]))
def test_any_moment(second: int, session: Session) -> None:
    """At any moment of the years 2000 to 2036 the window is what the wall clock says, minute by minute."""
    utc = datetime.fromtimestamp(second, ZoneInfo("UTC"))
    local = utc.astimezone(ZoneInfo(session.zone))
    day_before = date.fromordinal(local.date().toordinal() - 1)
    opens = [
        day.weekday() in session.days and day not in session.closed_on for day in (local.date(), day_before)
    ]
    minute = local.hour * 60 + local.minute
    fits = [
        name
        for name, spans in session.windows.items()
        for begin, end in spans
        if (begin < end and opens[0] and begin <= minute < end)
        or (begin > end and ((opens[0] and minute >= begin) or (opens[1] and minute < end)))
    ]

    assert session.window_at(parse_time(utc.isoformat())) == (fits or ["closed"])[0]
