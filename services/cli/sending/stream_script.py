"""The one step by which a replay adds entries to a stream and counts them: both or neither."""

from collections.abc import Sequence
from itertools import chain
from typing import Final

from services.cli.files.rows import FIELDS, RowKind
from shared.redis.link import Command, Word, command

# A failing script does not undo what it wrote, so whatever can fail comes before the first write that
# matters: setting the count to what it is shows that it may be written. Adding fails, if at all, at once.
_SCRIPT: Final = """
local count = tonumber(redis.call('GET', KEYS[2]) or '0')
if not count then
  return redis.error_reply('ERR ' .. KEYS[2] .. ' is no count')
end
if count ~= tonumber(ARGV[1]) then
  return count
end
redis.call('SET', KEYS[2], ARGV[1])
local added = 0
for i = 2, #ARGV, %(width)d do
  redis.call('XADD', KEYS[1], '*', %(pairs)s)
  added = added + 1
end
count = string.format('%%.0f', count + added)
redis.call('SET', KEYS[2], count)
return tonumber(count)
"""


def _script(fields: Sequence[str]) -> str:
    pairs = ", ".join(f"'{name}', ARGV[i+{place}]" for place, name in enumerate(fields))
    return _SCRIPT % {"width": len(fields), "pairs": pairs}


_SCRIPTS: Final[dict[RowKind, str]] = {kind: _script(fields) for kind, fields in FIELDS.items()}


def add_entries(
    stream: str, key: str, kind: RowKind, count: int, columns: Sequence[Sequence[bytes]]
) -> Command:
    """Add rows to a stream if its count is what it should be; the reply is the count afterwards.

    Args:
        stream: its name.
        key: of the count.
        kind: of the rows.
        count: what Redis should have.
        columns: of the rows, in the order of `FIELDS`.
    """
    words: chain[Word] = chain.from_iterable(zip(*columns, strict=True))
    return command(stream, "EVAL", _SCRIPTS[kind], 2, stream, key, count, *words)
