"""Quotes that are kept as columns are those that were put in last."""

import random

import numpy as np

from shared.market.limits.many.columns import quote_columns
from shared.market.limits.many.quote_table import QuoteTable
from shared.market.limits.met import MetQuote


def test_what_is_taken_is_what_was_put_in_last() -> None:
    """Also beyond the first rows, for symbols that lose their quote, and with the times of sources."""
    chance, table, right = random.Random(1), QuoteTable(), dict[int, MetQuote | None]()
    for _ in range(50):
        heard = {source: chance.choice([None, chance.randrange(10**6)]) for source in ("a", "b")}
        for _ in range(chance.randrange(1, 40)):
            bid, source = chance.choice([None, 9.0, 10.5]), chance.choice(["", "a", "b"])
            quote = MetQuote(bid, 11.0, chance.randrange(99), None, chance.choice([None, 3]), source=source)
            right[chance.randrange(3000)] = chance.choice([None, quote, quote, quote])
        for number, quote_or_none in right.items():
            table.put(number, quote_or_none)
        numbers = chance.sample(sorted(right), chance.randrange(len(right)) + 1)
        quotes = [right[number] for number in numbers]
        timed = [
            each and each._replace(heard_at_us=heard.get(each.source) if each.source else None)
            for each in quotes
        ]
        for found, expected in zip(
            table.columns(np.array(numbers), heard), quote_columns(timed), strict=True
        ):
            np.testing.assert_array_equal(found, expected)
        for found, expected in zip(table.columns(np.array(numbers), {}), quote_columns(quotes), strict=True):
            np.testing.assert_array_equal(found, expected)


def test_sources_are_counted() -> None:
    """So that whoever keeps the table can begin anew before they fill the memory."""
    table = QuoteTable()
    for number in range(10):
        table.put(number, MetQuote(1.0, 2.0, source=f"source-{number % 4}"))
    table.columns(np.arange(10), {})
    assert table.sources == 5
