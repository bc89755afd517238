"""The list of symbols: real ones first, made ones beyond, all valid on the wire."""

import pytest

from market_spread.framing import clean_symbol
from services.cli.made_market.tickers import MOST_SYMBOLS, listed, tickers


def test_the_list_is_of_many_distinct_symbols_of_several_lengths() -> None:
    """Some hundreds, each once, of one to five letters, priced above a dollar, all accepted by the feeds."""
    names = [ticker.symbol for ticker in listed()]
    assert len(names) == len(set(names)) >= 400
    assert {len(name) for name in names} == {1, 2, 3, 4, 5}
    assert all(clean_symbol(name.encode()) == name.encode() for name in names)
    assert all(100 < ticker.cents < 1_000_000 for ticker in listed())


def test_the_first_ones_stay_the_same() -> None:
    """A larger market holds the smaller one's symbols."""
    assert tickers(350) == tickers(5000)[:350]


def test_made_ones_differ_from_the_real_ones() -> None:
    """Beyond the list names are made: four letters, none twice."""
    names = [ticker.symbol for ticker in tickers(100_000)]
    assert len(set(names)) == 100_000
    assert {len(name) for name in names[len(listed()) :]} == {4}


@pytest.mark.parametrize("count", [0, -1, MOST_SYMBOLS + 1])
def test_impossible_counts(count: int) -> None:
    """Too few and too many are refused."""
    with pytest.raises(ValueError, match="symbols"):
        tickers(count)
