"""Finding out anew what the flags of symbols are, because the limits or the time may have changed them."""

import time
from typing import Final

from services.market_data.book import Book
from shared.market.limits.judge import Judge, Phase

_SLICE_S: Final = 0.0015
"""So long symbols are judged at a time; writing what has changed takes about as long again."""
_MOST_A_SLICE: Final = 256
"""Symbols, so that writing them takes no longer either."""
_JUDGED_TOGETHER: Final = 32
"""Between looks at the clock."""


class Rejudging:
    """Judges symbols again that are doubtful, some at a time.

    Args:
        book: has them.
    """

    def __init__(self, book: Book) -> None:
        self._book = book
        self._judge: Judge | None = None
        self._phase: Phase | None = None

    def judge_by(self, judge: Judge, now_us: int) -> None:
        """From now on flags go by this version.

        Args:
            judge: the version's.
            now_us: microseconds since the Unix epoch.
        """
        self._judge, self._phase = judge, judge.phase_at(now_us)
        self._book.judge_by(judge)

    @property
    def is_due(self) -> bool:
        """Whether symbols are waiting to be judged again."""
        return bool(self._book.doubtful) and self._judge is not None

    def look_at_the_time(self, now_us: int) -> None:
        """See whose flags the time alone may have changed.

        Args:
            now_us: microseconds since the Unix epoch.
        """
        if self._judge is None:
            return
        self._book.doubtful.update(self._book.flags.waiting.take_due(now_us))
        phase = self._judge.phase_at(now_us)
        if phase != self._phase:
            self._phase = phase
            self._book.doubt_all()

    def judge_some(self, now_us: int) -> None:
        """Judge doubtful symbols again for some milliseconds, or until there are none.

        Args:
            now_us: microseconds since the Unix epoch.
        """
        doubtful, until = self._book.doubtful, time.monotonic() + _SLICE_S
        for _ in range(_MOST_A_SLICE // _JUDGED_TOGETHER):
            some = [doubtful.pop() for _ in range(min(len(doubtful), _JUDGED_TOGETHER))]
            self._book.judge_again(some, now_us)
            if not doubtful or time.monotonic() >= until:
                break
