"""The quotes that the symbols of a batch meet, by number."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from shared.market.limits.many.columns import Ints
from shared.market.limits.many.quote_table import QuoteTable


class SymbolMarket(NamedTuple):
    """What a batch meets."""

    numbers: Ints
    """Of its symbols, at least one."""
    names: Sequence[str]
    """Of the same ones."""
    quotes: QuoteTable
    """Theirs, and maybe those of others."""
    heard_us: Mapping[str, int | None]
    """When sources were last heard of; none is known that is not in it."""
