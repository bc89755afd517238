"""The flags by a published version of the limits."""

from collections.abc import Callable, Collection, Sequence

from shared.market.limits.judge import Judge
from shared.market.limits.many.flag_screen import FlagScreen
from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Flags


class VersionFlags:
    """Goes by a version; see `services.market_data.flags.flagging.Flagging`.

    Args:
        judge: the version's.
        name: of a symbol by its number.
        not_trading: the numbers of symbols whose last status was another one than trading.
    """

    def __init__(self, judge: Judge, name: Callable[[int], str], not_trading: Collection[int]) -> None:
        self._judge = judge
        self._screen = FlagScreen(judge)
        self._name = name
        self._not_trading = not_trading

    @property
    def version(self) -> int:
        """See `Flagging.version`."""
        return self._judge.version.number

    def of_many(
        self,
        numbers: Sequence[int],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,
    ) -> Sequence[Flags | None]:
        """See `Flagging.of_many`."""
        found = self._screen.find(list(map(self._name, numbers)), bids, offers, now_us)
        if self._not_trading:
            found = [
                None if number in self._not_trading else flags
                for number, flags in zip(numbers, found, strict=True)
            ]
        return found

    def of_one(self, number: int, quote: MetQuote, now_us: int) -> Flags:
        """See `Flagging.of_one`."""
        return self._judge.flags(self._name(number), quote, now_us)

    def change_at(self, number: int, quote: MetQuote, now_us: int) -> int | None:
        """See `Flagging.change_at`."""
        return self._judge.flags_change_at(self._name(number), quote, now_us)
