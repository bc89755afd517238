"""How a FIX session is, and how a service says that of all its sessions in its row in Redis."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from shared.base.printable import printable

MOST_BYTES: Final = 16_384
"""What the row says of sessions, in all: some 130 of them. A service may have 1,000, and the row is written
and read every second."""
_LONGEST_ERROR: Final = 160
"""Characters."""


@dataclass
class SessionFigures:
    """What is known of a session."""

    role: str
    """`acceptor` or `initiator`."""
    is_up: bool = False
    since_us: int | None = None
    """Since when it is up, or down; None: it was never up in this process. Microseconds since the epoch."""
    numbers: tuple[int, int] | None = None
    """The next MsgSeqNum of the peer's and of ours; None: nobody has ever been connected in this process."""
    lag: int | None = None
    """Messages that the peer has sent, as far as is known, and that have not taken effect; None: not up."""
    error: str = ""
    """What went wrong last; it stays after things have gone well again."""
    error_us: int | None = None
    """When: microseconds since the Unix epoch."""

    def stands(self, now_us: int, *, is_up: bool, numbers: tuple[int, int], lag: int) -> None:
        """Where it stands at this moment."""
        self.turns(now_us, is_up=is_up)
        self.numbers, self.lag = numbers, lag if is_up else None

    def turns(self, now_us: int, *, is_up: bool) -> None:
        """Whether it is up from this moment on, if it was not so before."""
        if is_up != self.is_up:
            self.is_up, self.since_us = is_up, now_us

    def failed(self, now_us: int, text: str) -> None:
        """Something went wrong."""
        self.error, self.error_us = printable(text)[:_LONGEST_ERROR], now_us


def row_of(sessions: Mapping[str, SessionFigures]) -> dict[str, str]:
    """The fields of a service's row; none of a service without sessions.

    Where not all sessions fit, those that are down come first, and then those that are furthest behind; the
    counts tell that some are missing.
    """
    if not sessions:
        return {}
    rows: list[str] = []
    room = MOST_BYTES
    for name in sorted(sessions, key=lambda name: _urgency(name, sessions[name])):
        row = json.dumps(_fields(name, sessions[name]), separators=(",", ":"))
        room -= len(row) + 1
        if room < 1:
            break
        rows.append(row)
    return {
        "sessions_configured": str(len(sessions)),
        "sessions_up": str(sum(each.is_up for each in sessions.values())),
        "sessions": f"[{','.join(rows)}]",
    }


def _urgency(name: str, figures: SessionFigures) -> tuple[bool, int, str]:
    return figures.is_up, -(figures.lag or 0), name


def _fields(name: str, figures: SessionFigures) -> dict[str, object]:
    """What is said of a session; what is not known is left out."""
    next_in, next_out = figures.numbers or (None, None)
    fields = {
        "name": name,
        "role": figures.role,
        "up": figures.is_up,
        "since": figures.since_us,
        "next_in": next_in,
        "next_out": next_out,
        "lag": figures.lag,
        "last_error": figures.error or None,
        "last_error_at": figures.error_us,
    }
    return {key: value for key, value in fields.items() if value is not None}
