"""The book: the last quote and status of every symbol, in memory, with a mark on what Redis has not got."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final

from services.market_data.entry import FLAGS, PRICES, QUOTE, STATUS, Entry, TradingStatus
from services.market_data.feed.latest import Latest, LatestQuotes, LatestStatus
from services.market_data.flags.current import CurrentFlags
from shared.market.limits.judge import Judge
from shared.market.quote_state import EMPTY
from shared.market.reasons import NO_QUOTE
from shared.market.rule import Limits
from shared.wire.symbol_table import SymbolTable

_make: Final[Callable[[tuple[object, ...]], Entry]] = partial(tuple.__new__, Entry)
"""An entry of all its fields, in half of the time (0.35 us) that calling its class takes."""


class Book:
    """The last quote and the last status of every symbol.

    Args:
        symbols: numbers them.
        limits: from where on a market is too wide, while no limits are published.
    """

    def __init__(self, symbols: SymbolTable, limits: Limits) -> None:
        self._symbols = symbols
        self.flags = CurrentFlags(limits, self.name)
        self._entries: dict[int, Entry] = {}
        self._newest_us = 0
        self.unwritten: dict[int, int] = {}
        """What Redis has not got yet: parts of an entry, by the symbol's number."""
        self._flagged_us: dict[int, int] = {}
        """When the flags of a symbol have changed without a quote: until Redis has taken that they change no
        `written_at`, for what Redis has may be newer than what they were found for."""
        self.doubtful: set[int] = set()
        """The symbols whose flags may not be those of now."""

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, number: int) -> Entry:
        return self._entries[number]

    def judge_by(self, judge: Judge) -> None:
        """From now on flags go by a published version; those of before are doubtful."""
        self.flags.judge_by(judge)
        self.doubt_all()

    def doubt_all(self) -> None:
        """All flags may be other ones now."""
        self.doubtful.update(self._entries)

    def apply(self, changes: Latest, now_us: int, sources: Iterable[str]) -> None:
        """Let quotes and statuses take effect.

        Args:
            changes: what they come to.
            now_us: when that is, microseconds since the Unix epoch.
            sources: who sent each of the quotes.
        """
        if changes.quotes.symbols:
            self._quote(changes.quotes, now_us, sources)
        for each in changes.statuses:
            self._change_status(each, now_us)

    def _quote(self, quotes: LatestQuotes, now_us: int, sources: Iterable[str]) -> None:
        numbers, transact_times, bids, offers, _ = quotes
        is_later = now_us > self._newest_us  # than all there are: unless the server's clock has stepped back
        found = self.flags.of_many(numbers, bids, offers, now_us)
        entries = self._entries
        for number, transact_time, bid, offer, flags, source in zip(
            numbers, transact_times, bids, offers, found, sources, strict=False
        ):
            before, at_us = entries.get(number), now_us
            if not is_later:
                at_us = self._later(before, now_us)
            if before is None:
                state, since_us, status = "", at_us, None
            else:
                state, since_us, status = before.state, before.state_since, before.status
            if flags is None:
                fields = bid, offer, "", transact_time, at_us, source, state, since_us, status, at_us, ""
                entries[number] = self.flags.judged(number, _make(fields), at_us, at_us)
                continue
            reasons, now, limits = flags
            if now != state:
                since_us = at_us
            reason = ",".join(reasons) if reasons else ""
            fields = bid, offer, reason, transact_time, at_us, source, now, since_us, status, at_us, limits
            entries[number] = _make(fields)
        if is_later:
            self._newest_us = now_us
        marks = dict.fromkeys(numbers, QUOTE)
        if self.unwritten:  # seldom: all is written after each batch
            for number in self.unwritten.keys() & marks:
                marks[number] |= self.unwritten[number]
        self.unwritten |= marks

    def _change_status(self, update: LatestStatus, now_us: int) -> None:
        number, status, is_wiped_out = update
        before = self._entries.get(number)
        at_us = self._later(before, now_us)
        entry = before or Entry(None, None, NO_QUOTE, b"", None, "", EMPTY, at_us, None, at_us)
        parts = 0
        if status is not None:
            bands = status.band_low, status.band_high
            entry = entry._replace(status=TradingStatus(status.status, at_us, *bands))
            self.flags.note_status(number, entry)
            parts = STATUS
        if is_wiped_out:
            entry = entry._replace(bid=None, offer=None)
            parts |= PRICES
        if is_wiped_out or self.flags.version:
            judged = self.flags.judged(number, entry, at_us, at_us)
            if judged != entry and not is_wiped_out:
                parts |= FLAGS
            entry = judged
        self._entries[number] = entry._replace(written_at=at_us)
        self.unwritten[number] = self.unwritten.get(number, 0) | parts

    def judge_again(self, numbers: Iterable[int], now_us: int) -> None:
        """Find out the flags of symbols as they are now, and mark those that are other ones.

        Flags of a higher version stay, for it is not known here yet; those by the rule until the next quote.

        Args:
            numbers: of the symbols.
            now_us: microseconds since the Unix epoch.
        """
        version, known = self.flags.version, self._entries
        if version:
            self._judge_again(
                [each for each in numbers if each in known and known[each].version <= version], now_us
            )

    def forget_versions(self, now_us: int) -> None:
        """No limits are published any more: flags by a version give way to those by the rule.

        Args:
            now_us: microseconds since the Unix epoch.
        """
        self._judge_again([number for number, entry in self._entries.items() if entry.limits], now_us)

    def _judge_again(self, numbers: Sequence[int], now_us: int) -> None:
        if not numbers:
            return
        entries = [self._entries[number] for number in numbers]
        for number, before, judged in zip(
            numbers, entries, self.flags.judged_again(numbers, entries, now_us), strict=True
        ):
            if judged != before:
                self._entries[number] = judged
                self._flagged_us[number] = self._later(before, now_us)
                self.unwritten[number] = self.unwritten.get(number, 0) | FLAGS

    def _later(self, before: Entry | None, now_us: int) -> int:
        """When a change of a symbol is said to be made: now, but later than the change before."""
        at_us = now_us if before is None else max(now_us, before.written_at + 1)
        self._newest_us = max(self._newest_us, at_us)
        return at_us

    def pending(self) -> Iterator[tuple[int, Entry, int]]:
        """What Redis has not got yet: numbers of symbols, what is known of them, and which parts of that.

        Flags are parts of a quote and of a wipe-out; beside a status they are a part of their own.
        """
        for number, parts in self.unwritten.items():
            entry = self._entries[number]
            if parts & FLAGS and not parts & (QUOTE | PRICES):
                if parts != FLAGS:
                    yield number, entry, parts & ~FLAGS
                written_at = max(entry.written_at, self._flagged_us.get(number, 0))
                yield number, entry._replace(written_at=written_at), FLAGS
            else:
                yield number, entry, parts

    def written(self, number: int, entry: Entry, parts: int) -> None:
        """Redis has these parts of an entry, or something newer."""
        if entry.written_at > self._entries[number].written_at:
            self._entries[number] = self._entries[number]._replace(written_at=entry.written_at)
        self.settled(number, parts)

    def settled(self, number: int, parts: int) -> None:
        """These parts are not to be written any more."""
        rest = self.unwritten.pop(number, 0) & ~parts
        if rest:
            self.unwritten[number] = rest
        if parts & FLAGS:
            self._flagged_us.pop(number, None)

    def remember(self, name: bytes, entry: Entry, *, is_other: bool = False) -> None:
        """Take over what Redis has of a symbol, if there is room and nothing as new; or its status alone.

        Args:
            name: of the symbol.
            entry: what Redis has.
            is_other: whether it is known to differ from what is known here, so that as new is new enough.
        """
        number = self._symbols.number_of(name)
        if number < 0:
            return
        known = self._entries.get(number)
        is_newer = known is not None and known.written_at < entry.written_at + is_other
        if known is None or is_newer or known.is_quoted_before(entry.updated_at or 0):
            self.unwritten.pop(number, None)
            self._newest_us = max(self._newest_us, entry.written_at)
        elif entry.status_at > known.status_at:  # of another ingestor than the quote
            entry = known._replace(status=entry.status)
        else:
            return
        self._entries[number] = entry
        self.flags.note_status(number, entry)
        self.doubtful.add(number)

    def entries(self, first: int = 0, count: int | None = None) -> list[tuple[str, int, Entry]]:
        """Symbols with their numbers and entries: all of them, or those among so many numbers.

        Args:
            first: the number to begin with.
            count: how many numbers to look at; None for all.
        """
        names = self._symbols.names
        end = len(names) if count is None else min(first + count, len(names))
        return [
            (names[number].decode(), number, entry)
            for number in range(first, end)
            if (entry := self._entries.get(number)) is not None
        ]

    def name(self, number: int) -> str:
        """A symbol by its number."""
        return self._symbols.names[number].decode()
