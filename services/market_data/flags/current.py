"""The flags of now: by the rule, or by the version of the limits that is in force."""

from collections.abc import Callable, Iterator, Sequence

from services.market_data.entry import Entry
from services.market_data.flags.by_rule import RuleFlags
from services.market_data.flags.by_version import VersionFlags
from services.market_data.flags.flagging import Flagging
from services.market_data.flags.waiting import Waiting
from shared.market.limits.judge import Judge
from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Flags
from shared.market.quote_state import LASTING
from shared.market.rule import Limits


class CurrentFlags:
    """Finds the flags of symbols, and knows when time alone will change them.

    Args:
        limits: from where on a market is too wide, while no limits are published.
        name: of a symbol by its number.
    """

    def __init__(self, limits: Limits, name: Callable[[int], str]) -> None:
        self._flagging: Flagging = RuleFlags(limits)
        self._name = name
        self._not_trading: set[int] = set()
        """The symbols with another status than 0."""
        self.waiting = Waiting()
        """When time alone will change flags."""

    @property
    def version(self) -> int:
        """Of the limits that say what the flags are; 0: none are published."""
        return self._flagging.version

    def judge_by(self, judge: Judge) -> None:
        """From now on a published version says what the flags are."""
        self._flagging = VersionFlags(judge, self._name, self._not_trading)

    def note_status(self, number: int, entry: Entry) -> None:
        """See whether a symbol trades."""
        if entry.status is not None and entry.status.status:
            self._not_trading.add(number)
        else:
            self._not_trading.discard(number)

    def of_many(
        self,
        numbers: Sequence[int],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,
    ) -> Sequence[Flags | None]:
        """The flags of quotes that have just come; None where `judged` has to find them.

        Args:
            numbers: of their symbols, at least one.
            bids: None where that side is absent.
            offers: the same.
            now_us: microseconds since the Unix epoch.
        """
        return self._flagging.of_many(numbers, bids, offers, now_us)

    def judged_again(self, numbers: Sequence[int], entries: Sequence[Entry], now_us: int) -> Iterator[Entry]:
        """Entries with the flags of now, though no quote has come.

        A state that is called otherwise now has lasted since the last quote at least.

        Args:
            numbers: of the symbols, at least one.
            entries: of each.
            now_us: microseconds since the Unix epoch.
        """
        bids, offers = [each.bid for each in entries], [each.offer for each in entries]
        found = self.of_many(numbers, bids, offers, now_us)
        for number, entry, flags in zip(numbers, entries, found, strict=True):
            since_us = entry.updated_at or now_us
            if flags is None:
                yield self.judged(number, entry, now_us, since_us)
            else:
                yield _with(entry, flags, since_us)

    def judged(self, number: int, entry: Entry, now_us: int, since_us: int) -> Entry:
        """An entry with the flags of now.

        Args:
            number: of the symbol.
            entry: with the state before.
            now_us: microseconds since the Unix epoch.
            since_us: when its state began, if that is another one.
        """
        status = None if entry.status is None else entry.status.status
        quote = MetQuote(entry.bid, entry.offer, state_since_us=entry.state_since, status=status)
        flags = self._flagging.of_one(number, quote, now_us)
        if flags.state != entry.state:
            quote = quote._replace(state_since_us=since_us)
            flags = self._flagging.of_one(number, quote, now_us)
        if self.version:
            at_us = self._flagging.change_at(number, quote, now_us) if flags.state in LASTING else None
            self.waiting.note(number, at_us)
        return _with(entry, flags, since_us)


def _with(entry: Entry, flags: Flags, since_us: int) -> Entry:
    """An entry with these flags; its state began then, if it is another one."""
    reasons, state, limits = flags
    since_us = entry.state_since if state == entry.state else since_us
    return entry._replace(reason=",".join(reasons), state=state, state_since=since_us, limits=limits)
