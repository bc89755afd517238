"""Where FIX sessions stand, for operators: to be looked at, and to be set where both sides do not agree."""

import re
import secrets
from collections.abc import Iterator
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from shared.base.integers import parse_uint
from shared.commit.fix_position import FIX, FIX_QUOTES
from shared.commit.stream_position import Unusable
from shared.market import keys
from shared.redis.link import RedisLink, command
from shared.wire.fix.session.expected import Expected

_FIELDS: Final = ("position", "outbound", "connected_at")
_FEEDS: Final = {"": FIX, "quotes:": FIX_QUOTES}
"""By what the names of their sessions begin with here: both services may have one of the same name."""
_SCANNED_AT_ONCE: Final = 1000
_is_special: Final = re.compile(r"[*?\[\]\\]")

# A connection that has the session finds another owner at its next commit, and ends. Orders are named by the
# number of resets and their own, and numbers may come again, so this counts as a reset. Then no process goes
# by the numbers of ours that it remembers.
_SET: Final = """
local stored = redis.call('HMGET', KEYS[1], 'position', 'generation', 'connected_at')
if not stored[1] then
  return 'unknown'
end
if (stored[3] or '') ~= '' and ARGV[2] == '' then
  return 'connected'
end
local resets, number = string.match(stored[1], '^(%d+)/(%d+)$')
if not resets then
  return 'unusable'
end
if ARGV[3] ~= '' then
  number = ARGV[3]
end
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[1], 'outbound', ARGV[4])
end
local position = string.format('%.0f/%s', resets + 1, number)
local generation = (tonumber(stored[2] or 0) or 0) + 1
redis.call('HSET', KEYS[1], 'position', position, 'connected_at', '')
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'generation', generation)
return 'set'
"""


class Standing(NamedTuple):
    """Where a session stands."""

    name: str
    """`quotes:<name>` for a session that carries quotes."""
    expected: Expected | None
    """None: what is stored is no position."""
    number: int
    """The first number that is not reserved for our messages."""
    connected_us: int | None
    """Since when it is connected, microseconds since the Unix epoch; None: it is not. One whose checker died
    counts as connected until it is taken over."""


def standings(link: RedisLink, alerts: str) -> Iterator[Standing]:
    """Where all sessions stand that were ever up, by name.

    Args:
        link: to Redis.
        alerts: the name of the stream of alerts.

    Raises:
        RedisUnavailable: no answer.
    """
    for beginning, feed in _FEEDS.items():
        prefix = keys.position(alerts, feed, "")
        for key in sorted(_scan(link, prefix)):
            yield _standing(link, key, beginning + key.removeprefix(prefix))


def _standing(link: RedisLink, key: str, name: str) -> Standing:
    (found,) = link.roundtrip([command(key, "HMGET", key, *_FIELDS)])
    if isinstance(found, ResponseError):
        found = [None] * len(_FIELDS)
    position, outbound, connected = (each or b"" for each in found)
    return Standing(name, Expected.parse(position), parse_uint(outbound) or 1, parse_uint(connected))


def look(link: RedisLink, key: str) -> tuple[str, bool]:
    """Where the session with a key stands (empty: it was never up), and whether nobody says to be connected.

    Raises:
        RedisUnavailable: no answer.
    """
    (reply,) = link.roundtrip([command(key, "HMGET", key, "position", "connected_at")])
    position, connected = [b"", b""] if isinstance(reply, ResponseError) else reply
    return (position or b"").decode(errors="replace"), not connected


def set_sequence(
    link: RedisLink, alerts: str, name: str, theirs: int | None, ours: int | None, *, even_if_connected: bool
) -> None:
    """Set what a session goes on with, and end the connection that it has.

    Args:
        link: to Redis.
        alerts: the name of the stream of alerts.
        name: of the session; `quotes:<name>` if it carries quotes.
        theirs: the next MsgSeqNum that is expected of the peer; None: as it is.
        ours: the MsgSeqNum of our next message; None: as it is.
        even_if_connected: whether to do it to a session that is connected.

    Raises:
        Unusable: there is no such session, it is connected, or what is stored is no position.
        RedisUnavailable: no answer.
    """
    beginning, colon, rest = name.rpartition(":")
    feed = _FEEDS.get(beginning + colon)
    if feed is None:
        raise Unusable(f"{name} is no name of a session: NAME for orders, quotes:NAME for market data")
    key = keys.position(alerts, feed, rest)
    words = (
        secrets.token_hex(16),
        "yes" if even_if_connected else "",
        "" if theirs is None else theirs,
        "" if ours is None else ours,
    )
    (reply,) = link.roundtrip([command(key, "EVAL", _SET, 1, key, *words)])
    match reply:
        case b"set":
            return
        case b"unknown":
            raise Unusable(f"no session {name} was ever up; `market-spread fix status` lists them")
        case b"connected":
            raise Unusable(f"the session {name} is connected; with --yes it is set all the same, and cut off")
        case _:
            raise Unusable(f"{key} cannot be used: {reply!s:.80}")


def _scan(link: RedisLink, prefix: str) -> set[str]:
    """All keys that begin like this, which lie on one server."""
    pattern = _is_special.sub(r"\\\g<0>", prefix) + "*"
    found: set[str] = set()
    cursor = b"0"
    while True:
        (reply,) = link.roundtrip(
            [command(prefix, "SCAN", cursor, "MATCH", pattern, "COUNT", _SCANNED_AT_ONCE)]
        )
        cursor, names = reply
        found.update(each.decode(errors="replace") for each in names)
        if cursor == b"0":
            return found
