"""A book whose flags go by published limits, at moments that a test chooses."""

from datetime import UTC, datetime
from typing import Any, Final

from hypothesis import strategies as st

from market_spread.status import Status
from services.market_data.book import Book
from services.market_data.entry import Entry
from services.market_data.feed.latest import LatestStatus
from services.market_data.rejudging import Rejudging
from shared.market.limits.judge import Judge
from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Flags
from shared.market.rule import Limits
from shared.wire.symbol_table import SymbolTable
from tests.support.book_entries import TIME, apply, latest
from tests.support.limits_files import judge_of, one_class

OPEN_US: Final = int(datetime(2026, 11, 30, 9, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
"""A second before the window of the limits opens."""
MS: Final = 1000

LIMITS: Final = """
format = 1

[session.day]
zone = "UTC"
open = ["10:00-11:00"]

[[class]]
name = "day"
symbols = ["D*"]
session = "day"
tiers = [ { from = "0", spread = "0.02" }, { from = "20", spread = "0.10", ratio = "0.05" } ]
[class.states]
locked = { after_ms = 200 }
auction = "alert"
[class.during.closed]
tiers = "off"

[[class]]
name = "absent"
symbols = ["A*"]
absent = ["0"]
tiers = [ { from = "0", spread = "0.05" } ]
[class.states]
one_sided = { after_ms = 300 }
crossed = "alert"
halted = "pass"

[[class]]
name = "all"
symbols = ["*"]
tiers = [ { from = "0", spread = "0.05" } ]

[[override]]
symbol = "OVER"
spread = "1"
until = 2026-11-30T10:00:01Z
why = "earnings"
"""
"""Windows, an override that ends a second after one opens, and states that alert once they have lasted."""

NAMES: Final = ("D1", "D2", "A1", "A2", "X1", "X2", "OVER", "Y1")
_PRICE = st.sampled_from((None, -1.0, 0.0, 9.99, 10.0, 10.01, 10.02, 10.05, 20.0, 20.1, 22.0))
_NAME = st.sampled_from(NAMES)
_QUOTES = st.lists(st.tuples(_NAME, _PRICE, _PRICE), min_size=1, max_size=12, unique_by=lambda each: each[0])
STEPS = st.one_of(
    st.tuples(st.just("quote"), _QUOTES),
    st.tuples(st.just("status"), st.tuples(_NAME, st.integers(0, 5))),
    st.tuples(st.just("wipe-out"), _NAME),
    st.tuples(st.just("wait"), st.sampled_from((50, 100, 200, 300, 500, 1000))),
    st.tuples(st.just("version"), st.integers(0, 1)),
)
"""What may happen to a book of these symbols, and how the time passes: milliseconds."""
_FILES: Final = (
    LIMITS,
    one_class("[class.states]\nlocked = { after_ms = 1000 }\n", keys='absent = ["20"]'),
)


class FlaggedBook:
    """A book, and who judges it again.

    Args:
        names: the symbols, numbered in this order.
        limits: the file that is published; None: none is.
    """

    def __init__(self, *names: str, limits: str | None = LIMITS) -> None:
        self.table = SymbolTable(100_000)
        self.numbers = {name: self.table.number(name.encode()) for name in names}
        self.book = Book(self.table, Limits())
        self.rejudging = Rejudging(self.book)
        self.now_us = OPEN_US
        if limits is not None:
            self.publish(limits, 7)

    def publish(self, limits: str, number: int) -> None:
        """Another version is in force."""
        self.judge = judge_of(limits, number)
        self.rejudging.judge_by(self.judge, self.now_us)

    def quote(self, *quotes: tuple[str, float | None, float | None]) -> None:
        """Quotes come, together."""
        numbered = [(self.numbers[name], bid, offer) for name, bid, offer in quotes]
        apply(self.book, *numbered, now_us=self.now_us)

    def status(self, name: str, status: int | None, *, is_wiped_out: bool = False) -> None:
        """A status comes."""
        said = None if status is None else Status(name.encode(), TIME, status, None, None)
        changes = latest()._replace(statuses=[LatestStatus(self.numbers[name], said, is_wiped_out)])
        self.book.apply(changes, self.now_us, [])

    def wait(self, ms: float) -> None:
        """Time passes, and what is doubtful then is judged again."""
        self.now_us += round(ms * MS)
        self.rejudging.look_at_the_time(self.now_us)
        while self.rejudging.is_due:
            self.rejudging.judge_some(self.now_us)

    def take(self, step: tuple[str, Any]) -> None:
        """Let one of `STEPS` happen, and what is due be done."""
        kind, what = step
        if kind == "quote":
            self.quote(*what)
        elif kind == "status":
            self.status(*what)
        elif kind == "wipe-out":
            self.status(what, None, is_wiped_out=True)
        elif kind == "version":
            self.publish(_FILES[what], self.book.flags.version + 1)
        self.wait(what if kind == "wait" else 50)

    @property
    def known(self) -> set[int]:
        """The numbers of the symbols of which something has come."""
        return {number for _, number, _ in self.book.entries()}

    def written(self) -> None:
        """Redis has everything."""
        for number, entry, parts in list(self.book.pending()):
            self.book.written(number, entry, parts)

    def __getitem__(self, name: str) -> Entry:
        return self.book[self.numbers[name]]

    def flags(self, name: str) -> tuple[str, str, str]:
        """Reason, state and limits of a symbol."""
        entry = self[name]
        return entry.reason, entry.state, entry.limits


def right_flags(judge: Judge, name: str, entry: Entry, now_us: int) -> Flags:
    """What the judge says of a symbol at a moment."""
    status = None if entry.status is None else entry.status.status
    met = MetQuote(entry.bid, entry.offer, entry.updated_at, entry.state_since, status)
    return judge.flags(name, met, now_us)


def joined(flags: Flags) -> tuple[str, str, str]:
    """Flags as an entry has them."""
    return ",".join(flags.reasons), flags.state, flags.limits
