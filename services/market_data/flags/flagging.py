"""Who says what the flags of symbols are."""

from collections.abc import Sequence
from typing import Protocol

from shared.market.limits.met import MetQuote
from shared.market.limits.verdict import Flags


class Flagging(Protocol):
    """Finds flags; symbols are named by their numbers."""

    @property
    def version(self) -> int:
        """Of the limits that it goes by; 0: none are published."""

    def of_many(
        self,
        numbers: Sequence[int],
        bids: Sequence[float | None],
        offers: Sequence[float | None],
        now_us: int,
    ) -> Sequence[Flags | None]:
        """The flags of quotes that have just come; None where `of_one` has to be asked.

        Args:
            numbers: of their symbols, at least one.
            bids: None where that side is absent.
            offers: the same.
            now_us: microseconds since the Unix epoch.
        """

    def of_one(self, number: int, quote: MetQuote, now_us: int) -> Flags:
        """The flags of one quote, whenever it came.

        Args:
            number: of its symbol.
            quote: with its state's beginning, and the symbol's status.
            now_us: microseconds since the Unix epoch.
        """

    def change_at(self, number: int, quote: MetQuote, now_us: int) -> int | None:
        """When the age of its state alone changes the flags of a quote; None if that never does.

        For the arguments see `of_one`.
        """
