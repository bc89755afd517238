"""Messages that are decoded one by one, whatever they come in, and those among them that are refused."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from types import MappingProxyType
from typing import Final, Protocol, Self, TypeVar

from market_spread.framing import DecodeError
from shared.market.symbol_map import SymbolMap
from shared.wire.framing import RejectedFrame
from shared.wire.symbol_table import SymbolTable

StreamEntry = tuple[bytes, list[bytes]]
"""An entry of a Redis stream: its ID, and field, value, field, value …"""


class HasSymbol(Protocol):
    """A message of any feed."""

    @property
    def symbol(self) -> bytes:
        """Without padding."""

    def _replace(self, *, symbol: bytes) -> Self:
        """The same message with another symbol."""


_NO_NAMES: Final[SymbolMap] = MappingProxyType({})

Raw = TypeVar("Raw")
Message = TypeVar("Message", bound=HasSymbol)


class RejectedMessages:
    """What was refused, in the order in which it came; see `shared.wire.rejects.Rejects`."""

    def __init__(self, rejects: Sequence[RejectedFrame]) -> None:
        self._rejects = rejects

    def counts(self) -> dict[str, int]:
        """How many were refused, by reason."""
        return Counter([each.reason for each in self._rejects]) if self._rejects else {}

    def among(self, first: int, messages: int) -> int:
        """How many were refused of so many messages, by the number of the first one."""
        if not self._rejects:
            return 0
        return sum(first <= each.frame < first + messages for each in self._rejects)

    def first(self, most: int) -> Iterator[RejectedFrame]:
        """The first ones, at most so many."""
        return islice(self._rejects, most)


def decode_messages(
    raws: Iterable[Raw],
    decode: Callable[[Raw], Message],
    raw_bytes: Callable[[Raw], bytes],
    symbols: SymbolTable,
    names: SymbolMap = _NO_NAMES,
) -> tuple[list[tuple[int, int, Message]], RejectedMessages]:
    """The messages of a batch, and those that are none.

    Args:
        raws: as they came.
        decode: makes a message of one, or raises `DecodeError`.
        raw_bytes: what is set aside of one that is refused.
        symbols: numbers symbols.
        names: what the sender calls a symbol, and what it is called here.

    Returns:
        each message behind its place and the number of its symbol; and what was refused.
    """
    messages, rejects = [], []
    for place, raw in enumerate(raws):
        try:
            message = decode(raw)
        except DecodeError as error:
            rejects.append(RejectedFrame(place, error.reason, raw_bytes(raw)))
            continue
        ours = names.get(message.symbol)
        if ours is not None:
            message = message._replace(symbol=ours)
        number = symbols.number_of(message.symbol)
        if number < 0:
            rejects.append(RejectedFrame(place, "too_many_symbols", raw_bytes(raw)))
        else:
            messages.append((place, number, message))
    return messages, RejectedMessages(rejects)
