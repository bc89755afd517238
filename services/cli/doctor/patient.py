"""The Redis that is looked at: asked one question at a time, some of which it may refuse."""

from typing import Any, Final, NamedTuple

from redis.exceptions import ResponseError

from market_spread.redis_url import RedisUrl
from shared.market import keys
from shared.redis.link import RedisLink, RedisRefused, Reply, command
from shared.redis.server_clock import TIME
from shared.redis.slots import Slots

_HERE: Final = "the server"


class ServerPlace(NamedTuple):
    """A server that takes writes."""

    name: str
    """`HOST:PORT`, or the path of a socket."""
    key: str
    """One that lies on it: commands about it go there."""


class Patient:
    """Asks a Redis.

    Args:
        url: of it, without which nothing is known about how many servers it has.
        link: to it.

    Raises:
        RedisRefused: it does not let us in, or not ask what every service has to ask.
        RedisUnavailable: no answer.
    """

    def __init__(self, url: RedisUrl, link: RedisLink) -> None:
        self.url = url
        self._link = link
        self._link.roundtrip([TIME])
        info: bytes = self.ask("", "CLIENT", "INFO", refused=b"")
        self._facts = dict(
            pair.split("=", 1) for pair in info.decode(errors="replace").split() if "=" in pair
        )

    @property
    def user(self) -> str:
        """Who we are there."""
        return f"user {self._facts['user']}" if "user" in self._facts else "this user"

    def ask(self, key: str, *words: str, refused: Any = None) -> Reply:
        """The answer to a command; `refused` if this user may not ask.

        Raises:
            RedisUnavailable: no answer.
            ResponseError: the command makes no sense there.
        """
        try:
            (reply,) = self._link.roundtrip([command(key, *words)])
        except RedisRefused:
            return refused
        if isinstance(reply, ResponseError):
            raise reply
        return reply

    def may(self, key: str, *words: str) -> bool:
        """Whether this user may ask something, which is harmless to ask."""
        try:
            self._link.roundtrip([command(key, *words)])
        except RedisRefused:
            return False
        return True

    def servers(self, slots: Slots | None) -> list[ServerPlace]:
        """The servers that take writes: one, or the primaries of a cluster."""
        if slots is None:
            return [ServerPlace(self._facts.get("laddr", _HERE), keys.EPOCH)]
        places = ((each, slots.epoch_key(each)) for each in slots.nodes)
        return [ServerPlace(str(node), key) for node, key in places if key is not None]
