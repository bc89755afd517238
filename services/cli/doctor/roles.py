"""What each service asks of Redis, and so needs the right to; docs/security.md has the same as ACL rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

Role = Literal["ingest", "check", "api", "forward"]
Words = tuple[str, ...]

_SHAPES: Final[Mapping[str, Words]] = {
    "CLIENT KILL": ("ID", "0"),
    "CLUSTER SLOTS": (),
    "DEL": ("KEY",),
    "EVAL": ("return 1", "1", "KEY"),
    "EVALSHA": ("0" * 40, "1", "KEY"),
    "EVALSHA with alerts": ("0" * 40, "2", "KEY", "ALERTS"),
    "EXEC": (),
    "GET": ("KEY",),
    "HGET": ("KEY", "field"),
    "HGETALL": ("KEY",),
    "HMGET": ("KEY", "field"),
    "HSET": ("KEY", "field", "value"),
    "HSETNX": ("KEY", "field", "value"),
    "INFO": (),
    "MGET": ("KEY",),
    "MULTI": (),
    "PERSIST": ("KEY",),
    "PEXPIRE": ("KEY", "1"),
    "RENAME": ("KEY", "KEY"),
    "SADD": ("KEY", "member"),
    "SCRIPT LOAD": ("return 1",),
    "SET": ("KEY", "value"),
    "SMEMBERS": ("KEY",),
    "SMISMEMBER": ("KEY", "member"),
    "TIME": (),
    "WAIT": ("0", "1"),
    "XADD": ("KEY", "*", "field", "value"),
    "XINFO STREAM": ("KEY",),
    "XRANGE": ("KEY", "-", "+", "COUNT", "1"),
    "XREAD": ("COUNT", "1", "STREAMS", "KEY", "0"),
    "XREVRANGE": ("KEY", "+", "-", "COUNT", "1"),
}
"""What follows a command's name; a name may go on after ` with `."""

_COMMON: Final = ("CLUSTER SLOTS", "INFO", "TIME")
_RUNNING: Final = (*_COMMON, "CLIENT KILL", "SCRIPT LOAD")
_POSITION: Final = ("EVAL", "EVALSHA", "HGET", "HMGET", "HSET", "HSETNX")
_LIMITS: Final = "limits:{limits}:doctor"
_FOLLOWING_LIMITS: Final = (("EVAL", "GET", "SET", "MGET", "XADD", "XREVRANGE"), (_LIMITS,))
"""Following the limits, and writing them again where Redis has lost them."""
_EPOCHS: Final = ("epoch", "epoch:{0}", "{epoch}:next:doctor")

_NEEDS: Final[Mapping[Role, Sequence[tuple[Sequence[str], Sequence[str]]]]] = {
    "ingest": (
        (_RUNNING, ("",)),
        (("EVAL", "HGET", "HMGET", "HSET"), ("symbol:doctor",)),
        (("GET", "SET", "DEL", "RENAME", "PERSIST"), _EPOCHS),
        (("SMEMBERS", "SMISMEMBER", "SADD"), ("symbols",)),
        (("SET",), ("feed:doctor",)),
        (("XADD",), ("rejected", "stats:ingest")),
        (_POSITION, ("position:{ALERTS}:market_data:doctor",)),
        (("HSET", "PEXPIRE", "DEL"), ("service:ingest:doctor",)),
        _FOLLOWING_LIMITS,
    ),
    "check": (
        ((*_RUNNING, "WAIT"), ("",)),
        (("HMGET",), ("symbol:doctor",)),
        (("GET",), ("epoch", "epoch:{0}")),
        (
            (*_POSITION, "EVALSHA with alerts", "PEXPIRE"),
            ("position:{ALERTS}:orders:doctor", "position:{ALERTS}:stream:doctor"),
        ),
        (("DEL",), ("position:{ALERTS}:orders:plain:doctor",)),
        (("XADD", "XINFO STREAM"), ("ALERTS",)),
        (("XADD",), ("rejected", "stats:check")),
        (("HSET", "PEXPIRE", "DEL"), ("service:check:doctor",)),
        _FOLLOWING_LIMITS,
        (("GET",), ("feed:doctor",)),
        (("XADD",), ("shadow:{ALERTS}",)),
    ),
    "api": (
        (_COMMON, ("",)),
        (("SMEMBERS",), ("symbols",)),
        (("HMGET",), ("symbol:doctor",)),
        (("XREAD", "XRANGE", "XREVRANGE", "XINFO STREAM"), ("ALERTS",)),
        (("HGETALL",), ("service:check:doctor",)),
        (("XREVRANGE",), ("stats:check",)),
        (("GET", "MGET", "XREVRANGE"), (_LIMITS,)),
        (("GET",), ("feed:doctor",)),
        (("XREVRANGE",), ("shadow:{ALERTS}",)),
    ),
    "forward": (
        ((*_RUNNING, "MULTI", "EXEC"), ("",)),
        (("XREAD", "XREVRANGE", "XINFO STREAM"), ("ALERTS",)),
        (_POSITION, ("position:{ALERTS}:forward:doctor",)),
        (("HSET", "PEXPIRE", "DEL"), ("service:forward:doctor",)),
        (("XADD",), ("stats:forward",)),
    ),
}
"""Commands, and the keys that each of them is for; a name that ends in `doctor` stands for many."""

ROLES: Final[Sequence[Role]] = tuple(_NEEDS)


class Need(tuple[str, Words]):
    """A command with its arguments, and the key that it is about (empty without one)."""

    __slots__ = ()

    @property
    def key(self) -> str:
        """Which decides the node of a cluster."""
        return self[0]

    @property
    def words(self) -> Words:
        """The whole command."""
        return self[1]

    def __str__(self) -> str:
        name = next(name for name in _SHAPES if self.words[: len(name.split())] == tuple(name.split()))
        return f"{name} {self.key}".rstrip()


def needs(role: Role, alerts: str) -> Iterator[Need]:
    """All that a role has to be allowed.

    Args:
        role: of a service.
        alerts: the name of the stream of alerts.
    """
    for names, places in _NEEDS[role]:
        for place in places:
            key = place.replace("ALERTS", alerts)
            meant = {"KEY": key, "ALERTS": alerts}
            for name in names:
                words = (meant.get(word, word) for word in _SHAPES[name])
                yield Need((key, (*name.partition(" with ")[0].split(), *words)))
