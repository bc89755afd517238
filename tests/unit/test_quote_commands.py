"""The commands that write quotes: the same bytes as packed word by word."""

from hypothesis import given
from hypothesis import strategies as st

from services.market_data.book import Entry
from services.market_data.store.quote_commands import QuoteCommands
from shared.redis.link import command

SYMBOLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)
PRICES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.binary(min_size=21, max_size=21)
VERDICTS = st.sampled_from(["", "spread", "spread_ratio", "spread,spread_ratio"]) | st.text()


@given(
    symbols=st.lists(SYMBOLS, min_size=1, max_size=3),
    entries=st.lists(
        st.builds(Entry, PRICES, PRICES, VERDICTS, TIMES, st.integers(0, 2**60)), min_size=1, max_size=9
    ),
)
def test_a_command_is_what_packing_its_words_gives(symbols: list[str], entries: list[Entry]) -> None:
    """For any symbol and quote, the first and each later time, whatever reason an earlier run has left.

    A side that is absent is an empty word.
    """
    commands = QuoteCommands(symbols.__getitem__)
    for place, entry in enumerate(entries):
        number = place % len(symbols)
        key = f"symbol:{symbols[number]}"
        bid, offer = ("" if price is None else price for price in (entry.bid, entry.offer))
        words = (
            "bid", bid, "offer", offer, "risky", 1 if entry.reason else 0, "reason", entry.reason,
            "transact_time", entry.transact_time, "updated_at", entry.updated_at,
        )  # fmt: skip
        assert commands.of(number, entry) == command(key, "HSET", key, *words)
