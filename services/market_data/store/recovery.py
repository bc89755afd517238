"""The commands by which lost quotes and statuses are found, and those that look before they write."""

from collections.abc import Sequence
from typing import Final

from services.market_data.entry import FLAGS, PRICES, QUOTE, STATUS, Entry
from services.market_data.store.symbol_hash import created_fields, fields_of, price_text
from shared.base.integers import parse_uint
from shared.market import keys
from shared.market.age import CLOCKS_DIFFER_US
from shared.redis.link import Command, Reply, Word, command

# What somebody else has written meanwhile may be newer. Nothing else compares: what has just arrived is the
# newest there is. `updated_at` counts too, for writers that know no `written_at`. Where only flags or a
# status are newer, the hash still has the prices of a quote before: then the quote is written, and its time
# of writing comes after theirs. Prices that are both absent may be of a wipe-out that is newer.
_WRITE: Final = """
local later
if ARGV[1] ~= '' then
  local stored = redis.call('HMGET', KEYS[1], 'written_at', 'updated_at', 'bid', 'offer')
  local quoted = tonumber(stored[2] or 0) or 0
  local newest = math.max(tonumber(stored[1] or 0) or 0, quoted)
  if newest >= tonumber(ARGV[1]) then
    local has_price = (stored[3] or '') ~= '' or (stored[4] or '') ~= ''
    if quoted >= tonumber(ARGV[2]) or not has_price then
      return -1
    end
    later = newest + 1
  end
end
local first = 4 + tonumber(ARGV[3])
if first > 4 and not redis.call('HGET', KEYS[1], 'bid') then
  redis.call('HSET', KEYS[1], unpack(ARGV, 4, first - 1))
end
local new = redis.call('HSET', KEYS[1], unpack(ARGV, first))
if later then
  redis.call('HSET', KEYS[1], 'written_at', string.format('%.0f', later))
end
return new
"""

# Flags belong to the prices and the status that they were found for: somebody else may have written others.
_FLAG: Final = """
local stored = redis.call('HMGET', KEYS[1], 'bid', 'offer', 'updated_at', 'status_at', 'written_at')
for i = 1, 4 do
  if tonumber(stored[i] or '') ~= tonumber(ARGV[i]) then
    return -1
  end
end
if not stored[1] or (tonumber(stored[5] or '') or 0) > tonumber(ARGV[5]) then
  return -1
end
return redis.call('HSET', KEYS[1], unpack(ARGV, 6))
"""

REFUSED: Final = -1
"""The answer where somebody else has written something newer, or something else."""


def times_of(name: str) -> Command:
    """Asks when a symbol's hash was written, and its quote and its status were applied."""
    key = keys.symbol(name)
    return command(key, "HMGET", key, "written_at", "updated_at", "status_at")


def lost_parts(stored: Reply, entry: Entry) -> int:
    """Which parts of an entry Redis does not have, or only older ones.

    Args:
        stored: the answer to `times_of`.
        entry: what is known of the symbol.
    """
    newest, quoted_at, status_at = _times(stored)
    if newest >= entry.written_at or entry.is_quoted_before(quoted_at):
        return 0
    parts = QUOTE if entry.is_quoted else 0
    if entry.status is not None and status_at < entry.status.at:
        parts |= STATUS
    if not parts:
        return FLAGS if newest and entry.limits else 0 if newest else PRICES
    return parts


def is_newer(stored: Reply, entry: Entry, now_us: int) -> bool:
    """Whether what Redis has of a symbol, or its status, is newer than an entry, and not from the future.

    Args:
        stored: the answer to `times_of`.
        entry: what is known of the symbol.
        now_us: microseconds since the Unix epoch.
    """
    newest, quoted_at, status_at = _times(stored)
    is_newer = entry.written_at < newest or entry.status_at < status_at or entry.is_quoted_before(quoted_at)
    return is_newer and newest <= now_us + CLOCKS_DIFFER_US


def _times(stored: Reply) -> tuple[int, int, int]:
    """When a hash was written, and its quote and its status were applied; 0 where it does not say."""
    found = stored if isinstance(stored, list) else ()
    times = [parse_uint(each) if isinstance(each, bytes) else None for each in found]
    written_at, updated_at, status_at = (each or 0 for each in times or (0, 0, 0))
    return max(written_at, updated_at), updated_at, status_at


def write(name: str, entry: Entry, parts: int, *, only_if_newer: bool = False) -> Command:
    """Writes parts of an entry; answers how many fields were not there before, or `REFUSED`.

    Where only a status is known of a symbol, somebody else may have written its quote: only if there is no
    hash yet it gets one without prices.
    """
    key = keys.symbol(name)
    created = [] if parts & (QUOTE | PRICES) else created_fields(entry)
    limit: Word = entry.written_at if only_if_newer else ""
    quoted_at = entry.updated_at or 0 if parts == QUOTE else 0
    rest = [len(created), *created, *fields_of(entry, parts)]
    return command(key, "EVAL", _WRITE, 1, key, limit, quoted_at, *rest)


def write_flags(name: str, entry: Entry) -> Command:
    """Writes the flags of an entry, if the hash has the prices and the status that they were found for.

    Answers how many fields were not there before, or `REFUSED`.
    """
    key = keys.symbol(name)
    met = price_text(entry.bid), price_text(entry.offer), entry.updated_at or "", entry.status_at or ""
    return command(key, "EVAL", _FLAG, 1, key, *met, entry.written_at, *fields_of(entry, FLAGS))


def was_gone(entry: Entry, parts: int, reply: Reply) -> bool:
    """Whether a hash, of which only some parts were written, was not there before.

    Args:
        entry: what is known of the symbol.
        parts: those that were written.
        reply: how many fields were not there.
    """
    all_parts = (QUOTE if entry.is_quoted else 0) | (STATUS if entry.status is not None else 0)
    return bool(all_parts & ~parts) and reply == len(fields_of(entry, parts)) // 2


def listing(names: Sequence[str]) -> list[Command]:
    """Enters symbols into the set of all symbols; nothing for none."""
    return [command(keys.SYMBOLS, "SADD", keys.SYMBOLS, *names)] if names else []


def listed(names: Sequence[str]) -> Command:
    """Asks which symbols are in the set of all symbols."""
    return command(keys.SYMBOLS, "SMISMEMBER", keys.SYMBOLS, *names)
