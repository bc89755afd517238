"""Reads sessions: the windows of a trading day."""

import re
from typing import Final
from zoneinfo import ZoneInfo

from shared.market.limits.file.node import Node
from shared.market.limits.session import CLOSED, DAYS, Session, Span

_SETTINGS: Final = ("zone", "days", "closed_on")
_SPAN = re.compile(r"([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")
_DAY_MINUTES: Final = 1440
MOST_WINDOWS: Final = 100
MOST_DATES: Final = 10_000


def read_sessions(node: Node) -> dict[str, Session]:
    """All sessions by name; none where there are none."""
    if node.is_missing() or not node.is_table():
        return {}
    sessions = {}
    for name in node.value:
        session = node.key(name)
        session.check_name(name)
        sessions[name] = _read_session(session)
    return sessions


def _read_session(node: Node) -> Session:
    if not node.is_table(required=("zone",)):
        return Session("UTC", {})
    zone, days, closed_on = (node.key(name) for name in _SETTINGS)
    windows = {name: _read_window(node.key(name), name) for name in node.value if name not in _SETTINGS}
    if not windows:
        node.fail('it has no window, such as open = ["09:30-16:00"]')
    if len(windows) > MOST_WINDOWS:
        node.fail(f"{len(windows)} windows; {MOST_WINDOWS} is the most")
    return Session(
        zone=_read_zone(zone),
        windows=windows,
        days=frozenset(range(7)) if days.is_missing() else _read_days(days),
        closed_on=frozenset(
            () if closed_on.is_missing() else (each.day() for each in closed_on.entries("dates", MOST_DATES))
        ),
    )


def _read_zone(node: Node) -> str:
    if node.is_missing():
        return "UTC"
    name = node.text()
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # of a folder's name, too, and of what is no path
        node.fail(f'"{name[:60]}" is no time zone that this machine knows; such as America/New_York')
        return "UTC"
    return name


def _read_days(node: Node) -> frozenset[int]:
    """Days of the week: `mon-fri`, `mon,wed`, `sun-thu`."""
    days: set[int] = set()
    for part in node.text().split(","):
        begin, _, end = part.strip().partition("-")
        if begin not in DAYS or (end or begin) not in DAYS or part.strip().endswith("-"):
            node.fail(f'"mon-fri" or "mon,wed,fri" is expected, not "{part[:60]}"')
            continue
        first = DAYS.index(begin)
        count = (DAYS.index(end or begin) - first) % 7 + 1
        days.update((first + each) % 7 for each in range(count))
    return frozenset(days)


def _read_window(node: Node, name: str) -> tuple[Span, ...]:
    node.check_name(name)
    if name == CLOSED:
        node.fail(f'"{CLOSED}" is what is outside all windows; give the window another name')
    return tuple(_read_span(each) for each in node.entries("spans such as 09:30-16:00", MOST_WINDOWS))


def _read_span(node: Node) -> Span:
    text = node.text()
    match = _SPAN.fullmatch(text)
    if match:
        hours, minutes, end_hours, end_minutes = map(int, match.groups())
        span = Span(60 * hours + minutes, 60 * end_hours + end_minutes)
        if span.begin < _DAY_MINUTES and 0 <= span.end <= _DAY_MINUTES and span.begin != span.end:
            return span
    node.fail(
        f'"{text[:60]}" is no span: give two times from 00:00 to 24:00 such as "09:30-16:00"; '
        "all day is 00:00-24:00"
    )
    return Span(0, _DAY_MINUTES)
