"""Which symbols change their verdict when another version becomes the active one. Pure."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from shared.market.limits.judge import Judge
from shared.market.limits.met_hash import MetHash
from shared.market.limits.session import CLOSED, Session

MOST_SHARE: Final = 0.2
"""Of the live book: what changes the verdict on more needs to be meant."""

_MINUTE_US: Final = 60_000_000
_LOOKED_AHEAD: Final = 8 * 24 * 60
"""Minutes: a week and a day, so that each window of the week is met."""


class Flips(NamedTuple):
    """What changes at a moment."""

    when: str
    """`now`, or the window, such as `us/pre`."""
    looked_at: int
    """Symbols: all of them, or those that the window is for."""
    alerting: tuple[str, ...]
    """Symbols whose market is right now and would alert."""
    passing: tuple[str, ...]
    """The reverse."""

    @property
    def changed(self) -> int:
        """How many symbols change."""
        return len(self.alerting) + len(self.passing)


def find_flips(old: Judge | None, new: Judge, book: Mapping[str, MetHash], now_us: int) -> list[Flips]:
    """What changes now, and in each window of both versions' sessions, if quotes stay as they are.

    Args:
        old: of the version that is active; None for version 0, whose verdict stands in the hashes.
        new: of the version that is to be active.
        book: what each symbol's hash says.
        now_us: now, microseconds since the Unix epoch.
    """
    found = [_flips("now", old, new, book, now_us)]
    for name, session in _sessions(old, new):
        mine = {each: met for each, met in book.items() if name in _sessions_of(each, old, new)}
        for window, moment_us in _moments(session, now_us).items():
            found.append(_flips(f"{name}/{window}", old, new, mine, moment_us))
    return found


def share(flips: list[Flips], symbols: int) -> float:
    """The largest part of the book that changes at one of these moments.

    Args:
        flips: what changes.
        symbols: how many there are in the book.
    """
    return max((each.changed for each in flips), default=0) / max(symbols, 1)


def _flips(when: str, old: Judge | None, new: Judge, book: Mapping[str, MetHash], moment_us: int) -> Flips:
    alerting, passing = [], []
    for symbol, met in book.items():
        alerted, alerts = _alerts(old, symbol, met, moment_us), _alerts(new, symbol, met, moment_us)
        if alerts and not alerted:
            alerting.append(symbol)
        elif alerted and not alerts:
            passing.append(symbol)
    return Flips(when, len(book), tuple(alerting), tuple(passing))


def _alerts(judge: Judge | None, symbol: str, met: MetHash, moment_us: int) -> bool:
    """Whether an order would alert on this market, whatever it is for."""
    if judge is not None:
        return bool(judge.flags(symbol, met.quote, moment_us).reasons)
    return met.flagged is None or met.flagged.is_risky or not met.flagged.is_two_sided


def _sessions(old: Judge | None, new: Judge) -> Iterator[tuple[str, Session]]:
    """The sessions of both versions; one that both have alike once, otherwise that of the new one."""
    known = {} if old is None else dict(old.version.sessions)
    yield from (known | dict(new.version.sessions)).items()


def _sessions_of(symbol: str, *judges: Judge | None) -> set[str | None]:
    return {judge.version.classes[judge.class_of(symbol)].session for judge in judges if judge is not None}


def _moments(session: Session, now_us: int) -> dict[str, int]:
    """The next minute in each window of a session, and outside all of them, in the order of the file."""
    found: dict[str, int] = {}
    wanted = [*session.windows, CLOSED]
    for minute in range(_LOOKED_AHEAD):
        moment_us = now_us + minute * _MINUTE_US
        found.setdefault(session.window_at(moment_us), moment_us)
        if len(found) == len(wanted):
            break
    return {window: found[window] for window in wanted if window in found}
