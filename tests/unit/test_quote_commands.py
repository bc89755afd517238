"""The commands that write quotes: the same bytes as packed word by word."""

from hypothesis import given
from hypothesis import strategies as st

from services.market_data.entry import QUOTE, Entry, TradingStatus
from services.market_data.store.quote_commands import QuoteCommands
from services.market_data.store.symbol_hash import fields_of, parse_entry
from shared.market import keys
from shared.market.quote_state import STATES, state_of
from shared.redis.link import command

SYMBOLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=16)
PRICES = st.none() | st.floats(allow_nan=False, allow_infinity=False)
TIMES = st.binary(min_size=21, max_size=21)
VERDICTS = st.sampled_from(["", "spread", "spread_ratio", "spread,spread_ratio"]) | st.text()
AT = st.integers(1, 2**60)
LIMITS = st.sampled_from(["", "1:default", "7:us-equity/open+override"])
STATUSES = st.none() | st.builds(TradingStatus, st.integers(0, 5), AT, PRICES, PRICES)
ENTRIES = st.builds(
    Entry, PRICES, PRICES, VERDICTS, TIMES, AT, SYMBOLS, st.sampled_from(STATES), AT, STATUSES, AT, LIMITS
).map(lambda entry: entry._replace(written_at=entry.updated_at or 0))


@given(
    symbols=st.lists(SYMBOLS, min_size=1, max_size=3),
    entries=st.lists(ENTRIES, min_size=1, max_size=9),
)
def test_a_command_is_what_packing_its_words_gives(symbols: list[str], entries: list[Entry]) -> None:
    """For any symbol and quote, the first and each later time, whatever reason an earlier run has left.

    A side that is absent is an empty word; the status is not written again with each quote.
    """
    commands = QuoteCommands(symbols.__getitem__)
    for place, entry in enumerate(entries):
        number = place % len(symbols)
        key = f"symbol:{symbols[number]}"
        bid, offer = ("" if price is None else price for price in (entry.bid, entry.offer))
        words: tuple[str | bytes | float, ...] = (
            "bid", bid, "offer", offer, "risky", 1 if entry.reason else 0, "reason", entry.reason,
            "state", entry.state, "state_since", entry.state_since, "transact_time", entry.transact_time,
            "updated_at", entry.updated_at or 0, "source", entry.source, "written_at", entry.written_at,
        )  # fmt: skip
        if entry.limits:
            at = words.index("transact_time")
            words = (*words[:at], "limits", entry.limits, *words[at:])
        assert commands.of(number, entry, QUOTE) == command(key, "HSET", key, *words)
        assert (
            commands.of(number, entry, QUOTE).packed
            == command(key, "HSET", key, *fields_of(entry, QUOTE)).packed
        )


@given(entry=ENTRIES, is_quoted=st.booleans())
def test_a_hash_says_what_was_written(entry: Entry, *, is_quoted: bool) -> None:
    """All fields that are written are read again as the same entry, with or without a quote and a status."""
    known = entry if entry.limits else entry._replace(state=state_of(entry.bid, entry.offer))
    if not is_quoted:
        known = known._replace(updated_at=None, transact_time=b"", source="")
    words = fields_of(known, 255)
    fields = {str(name): _text(value) for name, value in zip(words[::2], words[1::2], strict=True)}
    assert set(fields) <= set(keys.SYMBOL_FIELDS)
    assert parse_entry([fields.get(name) for name in keys.SYMBOL_FIELDS]) == known


def _text(word: object) -> bytes:
    if isinstance(word, bytes):
        return word
    return word.encode() if isinstance(word, str) else repr(word).encode()
