"""What a FIX session keeps in Redis beside its position: our own numbers, and when both sides began at 1.

The position itself, `<resets>/<next expected>`, is moved by commits, as any source's is. What stands here
moves it otherwise: both sides begin again at 1.
"""

from typing import Final

from redis.exceptions import ResponseError

from shared.base.integers import parse_uint
from shared.base.source import Source
from shared.commit.positions import Positions
from shared.commit.stream_position import Unusable
from shared.redis.link import RedisLink, Reply, Word, command
from shared.wire.fix.session.events import BeganAgain
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.outbound import BLOCK

FIX: Final = "fix"
"""What stands for the feed in the keys of positions of sessions for orders."""
FIX_QUOTES: Final = "market_data_fix"
"""The same of sessions for quotes."""

# Run twice it reserves two blocks: numbers may be left out, but never used twice. ARGV[3] is where our
# numbers are known to have been, for Redis may have lost that.
_RESERVE: Final = """
local stored = redis.call('HMGET', KEYS[1], 'owner', 'position', 'outbound', 'begun_at')
if stored[1] ~= ARGV[1] or string.match(stored[2] or '', '^%d+') ~= ARGV[2] then
  return {}
end
local first = math.max(tonumber(stored[3] or 1) or 1, tonumber(ARGV[3]))
redis.call('HSET', KEYS[1], 'outbound', string.format('%.0f', first + ARGV[4]))
if ARGV[5] then
  redis.call('HSET', KEYS[1], 'connected_at', ARGV[5])
end
return {string.format('%.0f', first), string.format('%.0f', first + ARGV[4]), stored[4] or '0'}
"""

_CLOSE: Final = """
if redis.call('HGET', KEYS[1], 'owner') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'connected_at', '')
end
return 1
"""

_BEGIN_AGAIN: Final = """
local stored = redis.call('HMGET', KEYS[1], 'owner', 'position')
if stored[1] ~= ARGV[1] then
  return 0
end
if stored[2] ~= ARGV[3] then
  if stored[2] ~= ARGV[2] then
    return 0
  end
  redis.call('HSET', KEYS[1], 'position', ARGV[3], 'begun_at', ARGV[4], 'outbound', ARGV[5])
end
return 1
"""


class FixPositions:
    """Where the sessions of one service stand.

    Args:
        link: to the server that has the positions; the one of the commits, with none under way.
        positions: the same, for what all sources have.
    """

    def __init__(self, link: RedisLink, positions: Positions) -> None:
        self._link = link
        self._positions = positions

    def open(self, source: Source, known: Start, now_us: int) -> Start:
        """Make the source's owner the only one that can move it, and reserve numbers for what we say.

        Args:
            source: of the session.
            known: where the session stood when this process last knew it.
            now_us: since when it is connected, microseconds since the Unix epoch.

        Returns:
            where the session stands.

        Raises:
            Unusable: what Redis has is no position of a session.
            RedisUnavailable: it may have happened or not; call again.
        """
        (answer,) = self._positions.open([source])
        expected = None if isinstance(answer, ResponseError) else Expected.parse(answer.encode())
        if expected is None:
            raise _unusable(source, answer)
        least = known.reserved if known.expected.resets == expected.resets else 1
        return self._reserve(source, expected, least, now_us)

    def close(self, source: Source) -> None:
        """A session is not connected any more, unless another connection has it.

        Raises:
            RedisUnavailable: it may have happened or not; call again.
        """
        self._run(source, _CLOSE)

    def reserve(self, source: Source, expected: Expected) -> Start:
        """Reserve another block of numbers.

        Args:
            source: of the session.
            expected: where it stands; only the number of its resets counts.

        Raises:
            Unusable: another connection has the session now, or it stands elsewhere.
            RedisUnavailable: it may have happened or not; call again.
        """
        return self._reserve(source, expected, 1)

    def begin_again(self, source: Source, event: BeganAgain) -> bool:
        """Both sides begin again at 1; False if the source has another owner or stands elsewhere.

        Raises:
            RedisUnavailable: it may have happened or not; call again.
        """
        words = (source.position, str(event.expected), event.begun_us, event.reserved)
        reply = self._run(source, _BEGIN_AGAIN, *words)
        if reply != 1:
            return False
        source.position = str(event.expected)
        return True

    def _reserve(self, source: Source, expected: Expected, least: int, *now_us: int) -> Start:
        """Reserve a block behind what is reserved, and not before `least`."""
        reply = self._run(source, _RESERVE, expected.resets, least, BLOCK, *now_us)
        if reply == []:
            raise Unusable("another connection has taken over the session")
        found = None if isinstance(reply, ResponseError) else [parse_uint(each) for each in reply]
        if found is None or None in found:
            raise _unusable(source, reply)
        number, reserved, begun_us = (each or 0 for each in found)
        return Start(expected, begun_us, number, reserved)

    def _run(self, source: Source, script: str, *words: Word) -> Reply:
        key = source.key
        (reply,) = self._link.roundtrip([command(key, "EVAL", script, 1, key, source.owner, *words)])
        self._positions.await_replicas(key)
        return reply


def _unusable(source: Source, found: object) -> Unusable:
    return Unusable(f"{source.key} cannot be used: {found!s:.80}")
