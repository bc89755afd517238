"""The commands by which lost quotes are found and written again."""

from collections.abc import Sequence
from typing import Final

from services.market_data.book import Entry
from services.market_data.store.quote_commands import price_text
from shared.base.integers import parse_uint
from shared.market import keys
from shared.market.age import CLOCKS_DIFFER_US
from shared.redis.link import Command, Reply, Word, command

# What somebody else has written meanwhile may be newer. Nothing else compares: quotes that have just arrived
# are the newest there are.
_WRITE_IF_NEWER: Final = """
local stored = tonumber(redis.call('HGET', KEYS[1], 'updated_at') or 0) or 0
if stored >= tonumber(ARGV[1]) then
  return 0
end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return 1
"""


def written_at(name: str) -> Command:
    """Asks when a symbol's quote was applied."""
    key = keys.symbol(name)
    return command(key, "HGET", key, "updated_at")


def is_older(stored: Reply, entry: Entry) -> bool:
    """Whether what Redis has of a symbol is older than a quote, or nothing."""
    found = parse_uint(stored) if isinstance(stored, bytes) else None
    return found is None or found < entry.updated_at


def is_newer(stored: Reply, entry: Entry, now_us: int) -> bool:
    """Whether what Redis has of a symbol is newer than a quote, and not from the future."""
    found = parse_uint(stored) if isinstance(stored, bytes) else None
    return found is not None and entry.updated_at < found <= now_us + CLOCKS_DIFFER_US


def write_if_newer(name: str, entry: Entry) -> Command:
    """Writes a quote unless Redis has one that is as new."""
    key = keys.symbol(name)
    is_risky = int(bool(entry.reason))
    prices = price_text(entry.bid), price_text(entry.offer)
    times = entry.transact_time, entry.updated_at
    values: tuple[Word, ...] = (*prices, is_risky, entry.reason, *times)
    fields: list[Word] = []
    for field, value in zip(keys.QUOTE_FIELDS, values, strict=True):
        fields += (field, value)
    return command(key, "EVAL", _WRITE_IF_NEWER, 1, key, entry.updated_at, *fields)


def listing(names: Sequence[str]) -> list[Command]:
    """Enters symbols into the set of all symbols; nothing for none."""
    return [command(keys.SYMBOLS, "SADD", keys.SYMBOLS, *names)] if names else []


def listed(names: Sequence[str]) -> Command:
    """Asks which symbols are in the set of all symbols."""
    return command(keys.SYMBOLS, "SMISMEMBER", keys.SYMBOLS, *names)
