"""The quote store while the nodes of a cluster contradict each other: it does not look for ever."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest

from services.market_data.book import Book
from services.market_data.store.quote_store import QuoteStore
from shared.market import keys
from shared.market.rule import Limits
from shared.redis.link import CannotProceed, Command, NodeEpoch, Reply
from shared.wire.symbol_table import SymbolTable
from tests.support.book_entries import apply
from tests.support.links import LinkDouble


class ContradictoryLink(LinkDouble):
    """A link whose writes reach another server than the one that is asked for its epoch, and back.

    Args:
        contradictions: how often.
    """

    def __init__(self, contradictions: int) -> None:
        self._left = contradictions
        self.looks = 0

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """Every command is taken, and says that what is stored is new."""
        sent = list(commands)
        return [[b"2000000", b"2000000", None]] * len(sent)

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """The other server answers."""
        self._left -= 1
        return self.roundtrip(commands), [self._epoch("other" if self._left >= 0 else "asked")]

    def epochs(self) -> list[NodeEpoch]:
        """The one that was asked."""
        self.looks += 1
        return [self._epoch("asked")]

    def _epoch(self, run_id: str) -> NodeEpoch:
        return NodeEpoch(keys.EPOCH, run_id, "history", f"token:{run_id}".encode())


def store_of(link: ContradictoryLink) -> tuple[QuoteStore, Book]:
    """A store of one quote that is not written yet."""
    symbols = SymbolTable(10)
    book = Book(symbols, Limits(Decimal("0.05"), Decimal("0.05")))
    apply(book, (symbols.number(b"BTU"), 10.0, 10.01), now_us=1_000_000)
    return QuoteStore(link, book), book


def test_a_contradiction_that_ends_is_followed() -> None:
    """Each time everything is looked at again, at once."""
    link = ContradictoryLink(4)
    store, book = store_of(link)
    store.sync()
    assert link.looks == 5
    assert not book.unwritten


def test_a_contradiction_that_stays_ends_the_attempt() -> None:
    """After five looks; the next attempt begins with another one, and believes nothing from before."""
    link = ContradictoryLink(7)
    store, _ = store_of(link)
    with pytest.raises(CannotProceed, match="contradict each other"):
        store.sync()
    assert link.looks == 5
    store.sync()
    assert link.looks == 8
