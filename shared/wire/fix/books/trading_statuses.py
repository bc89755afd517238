"""The trading statuses of the symbols of one session, by what messages say of them."""

from collections.abc import Iterable, Mapping
from typing import Final

_TRADING: Final = 0


class TradingStatuses:
    """A symbol has the status that it was given (326), unless the conditions of its quotes (276) say another.

    Args:
        conditions: a status by QuoteCondition (276).
        most: how many symbols are remembered.
    """

    def __init__(self, conditions: Mapping[bytes, int], most: int) -> None:
        self._table, self._most = conditions, most
        self._given: dict[bytes, int] = {}
        """By 326, of symbols that do not trade."""
        self._conditions: dict[bytes, int] = {}
        """By 276, of symbols whose quotes say something."""

    @property
    def has_conditions(self) -> bool:
        """Whether any symbol's quotes say something: a quote that says nothing any more is news then."""
        return bool(self._conditions)

    def given(self, symbol: bytes, status: int) -> None:
        """A symbol has been given a status."""
        if status == _TRADING:
            self._given.pop(symbol, None)
        else:
            self._keep(self._given, symbol, status)

    def conditioned(self, symbol: bytes, conditions: Iterable[bytes], *, is_whole: bool) -> int | None:
        """What the conditions of a symbol's quotes say; None if nothing has changed.

        Of several that say something the one with the highest number counts.

        Args:
            symbol: the symbol.
            conditions: of some of its entries, each several codes with spaces between them.
            is_whole: whether these are all of its entries, so that what they do not say is over.
        """
        table = self._table
        said = [table[code] for each in conditions for code in each.split() if code in table]
        before = self._conditions.get(symbol)
        if said:
            status = max(said)
            if status == before:
                return None
            return status if self._keep(self._conditions, symbol, status) else None
        if before is None or not is_whole:
            return None
        del self._conditions[symbol]
        return self._given.get(symbol, _TRADING)

    def _keep(self, statuses: dict[bytes, int], symbol: bytes, status: int) -> bool:
        """Remember a status; whether there is room for it."""
        if symbol not in statuses and len(statuses) >= self._most:
            return False
        statuses[symbol] = status
        return True
