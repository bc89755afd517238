"""What faults strike: a process or a server, and Redis as a run sees it, be it one server or a cluster."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Protocol

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import RedisClusterException, RedisError

from faults.breaking_proxy import Line
from faults.loss import Loss, Meanwhile

KILL: Final = "kill -9"
STOP: Final = "stop"
BREAK: Final = "break"
"""The process stays, its line to Redis breaks."""
MOVE: Final = "move"
"""A slot of the cluster goes to another primary, with its keys."""
OLD_DATA: Final = "old data"
"""Redis is killed and comes back with what it had some seconds before."""
POWER_CUT: Final = "power cut"
"""Redis is killed and has lost about the last second of its append-only file, perhaps within a command."""
TAKEOVER: Final = "lagging takeover"
"""Redis is killed and a replica that lags takes its place."""
EMPTY: Final = "back empty"
"""A node is killed and comes back without its data."""
FORGET: Final = "limits forgotten"
"""All services are killed, and the limits are gone from Redis when they come back."""
LOSSES: Final = (OLD_DATA, POWER_CUT, TAKEOVER, EMPTY, FORGET)
CLOCK: Final = "clock step"
"""The wall clock of one process steps."""


AWAY: Final = (RedisError, RedisClusterException, OSError)
"""What clients raise while Redis is away; that a cluster cannot be found is no `RedisError`."""


class Target(Protocol):
    """What can be killed and stopped, and is started again whenever it was killed."""

    @property
    def is_running(self) -> bool:
        """Whether it is there and not stopped."""

    def kill(self) -> None:
        """SIGKILL."""

    def stop(self) -> None:
        """SIGSTOP."""

    def resume(self) -> None:
        """SIGCONT."""


class Redises(Protocol):
    """One server, or the nodes of a cluster."""

    deck: Sequence[tuple[str, str]]
    """The faults that there are here: whom they strike, and their kind."""
    lines: Mapping[str, Line]
    """What `BREAK` breaks."""
    checker_words: Sequence[str]
    """What the checkers are told besides."""
    takeovers: int
    """How often a replica has become a primary, as far as it was looked at."""
    may_go_back: bool
    """Whether what was acknowledged may be lost, as far as a checker has not waited for replicas."""
    loses_data: bool
    """Whether there are faults of `LOSSES`: acknowledged orders, too, may be lost then."""

    async def start(self, directory: Path, program: str) -> None:
        """Start everything and wait until it answers.

        Args:
            directory: for logs.
            program: of Redis or Valkey.
        """

    async def end(self) -> list[str]:
        """End everything; what is wrong with how it ended."""

    def url(self, service: str) -> str:
        """Where a service finds it."""

    def client(self) -> Any:
        """A client with answers as text, for a thread of its own."""

    def async_client(self) -> Redis | RedisCluster:
        """The same for asyncio."""

    def answers(self) -> bool:
        """Whether all of it is there and well."""

    async def ready(self, name: str) -> Target | None:
        """Wait until a fault may strike whom the deck names; who that is now."""

    async def move(self) -> None:
        """Carry out a `MOVE`."""

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """Carry out one of `LOSSES` on whom the deck names, and wait until Redis is back."""
