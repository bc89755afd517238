"""A cluster of three primaries and three replicas with their append-only files synced always.

What a killed primary does next is a run's choice: it comes back with what its file has, or its replica
takes over first. Faults strike the cluster one at a time: two deaths at once can take data with them, whoever
waited for whom.
"""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from redis.asyncio.cluster import ClusterNode as AsyncClusterNode
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.cluster import ClusterNode, RedisCluster
from redis.crc import key_slot
from redis.exceptions import RedisError

from faults.breaking_proxy import Line
from faults.loss import Loss, Meanwhile
from faults.node import Node
from faults.target import BREAK, KILL, MOVE, STOP, Target
from services.cli.local.embedded import Server
from tests.support.cluster import Cluster

ALERTS_PRIMARY: Final = "alerts primary"
OTHER_PRIMARY: Final = "other primary"
REPLICA: Final = "replica"
SLOT: Final = "alerts slot"
LINE: Final = "commit line"

_ALERTS: Final = key_slot(b"alerts")
_OPTIONS: Final = {"appendonly": "yes", "appendfsync": "always"}
_COMPLETE_WITHIN_S: Final = 60.0
_SETTLED_S: Final = 1.0
_LOOK_AGAIN_S: Final = 0.05
_TIMEOUT_S: Final = 1.0


class Nodes:
    """See `faults.target.Redises`.

    Clients reach every node by a line, which breaks around a commit whoever makes it.

    Args:
        seed: decides who is struck where several could be, and how the line breaks.
        has_takeover: whether replicas take over, or primaries come back themselves.
        replicas: of each primary.
    """

    loses_data = False

    def __init__(self, seed: str, *, has_takeover: bool, replicas: int = 1) -> None:
        names = (ALERTS_PRIMARY, OTHER_PRIMARY, REPLICA)
        self.deck: Sequence[tuple[str, str]] = [(name, kind) for name in names for kind in (KILL, STOP)] + [
            (SLOT, MOVE),
            (LINE, BREAK),
        ]
        self.lines: Mapping[str, Line] = {LINE: Line(f"{seed}/line")}
        self.checker_words: Sequence[str] = ("--wait-replicas", "1") if has_takeover else ()
        self.may_go_back = self._has_takeover = has_takeover
        self._replicas = replicas
        self.takeovers = 0
        self._primaries: set[int] = set()
        self._random = random.Random(seed)
        self._cluster: Cluster | None = None

    async def start(self, directory: Path, program: str) -> None:
        """See `faults.target.Redises`; logs are with the servers' data."""
        del directory
        loop, line = asyncio.get_running_loop(), self.lines[LINE]

        def announced(port: int) -> int:
            return asyncio.run_coroutine_threadsafe(line.open(lambda: port), loop).result()

        no_takeover = {} if self._has_takeover else {"cluster-replica-no-failover": "yes"}
        self._cluster = await asyncio.to_thread(
            lambda: Cluster(
                program, replicas=self._replicas, options={**_OPTIONS, **no_takeover}, announced=announced
            )
        )
        self._primaries = {each.port for each in self._cluster.primaries}

    @property
    def _running(self) -> Cluster:
        assert self._cluster is not None
        return self._cluster

    async def end(self) -> list[str]:
        """See `faults.target.Redises`."""
        for line in self.lines.values():
            await line.close()
        if self._cluster is not None:
            await asyncio.to_thread(self._cluster.close)
        return []

    def url(self, service: str) -> str:
        """See `faults.target.Redises`."""
        del service
        return "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in self._running.servers)

    def client(self) -> RedisCluster:
        """See `faults.target.Redises`."""
        nodes = [ClusterNode("127.0.0.1", server.port) for server in self._running.servers]
        return RedisCluster(startup_nodes=nodes, decode_responses=True)

    def async_client(self) -> AsyncRedisCluster:
        """See `faults.target.Redises`."""
        nodes = [AsyncClusterNode("127.0.0.1", server.port) for server in self._running.servers]
        return AsyncRedisCluster(startup_nodes=nodes, decode_responses=True, socket_timeout=_TIMEOUT_S)

    def answers(self) -> bool:
        """See `faults.target.Redises`."""
        return self._running.is_complete()

    async def ready(self, name: str) -> Target | None:
        """See `faults.target.Redises`."""
        if name == LINE:
            return None
        async with asyncio.timeout(_COMPLETE_WITHIN_S):
            await self._settled()
        await asyncio.to_thread(self._count_takeovers)
        return None if name == SLOT else await asyncio.to_thread(lambda: self._node(self.choose(name)))

    async def _settled(self) -> None:
        """Wait until the cluster has been complete for a while.

        A node that stood still takes the others for dead when it goes on.
        """
        since = time.monotonic()
        while time.monotonic() - since < _SETTLED_S:
            await asyncio.sleep(_LOOK_AGAIN_S)
            if not await asyncio.to_thread(self._running.is_complete):
                since = time.monotonic()

    def _count_takeovers(self) -> None:
        primaries = {each.port for each in filter(self._running.is_primary, self._running.servers)}
        self.takeovers += len(primaries - self._primaries)
        self._primaries = primaries

    async def complete(self) -> None:
        """Wait until all nodes are there and well."""
        while not await asyncio.to_thread(self._running.is_complete):
            await asyncio.sleep(_LOOK_AGAIN_S)

    def choose(self, name: str) -> Server:
        """Who has a role now."""
        cluster = self._running
        first = cluster.primary_of(_ALERTS)
        if name == ALERTS_PRIMARY:
            return first
        is_wanted = name == OTHER_PRIMARY
        others = [each for each in cluster.servers if each is not first]
        return self._random.choice([each for each in others if cluster.is_primary(each) is is_wanted])

    def _node(self, server: Server) -> Node:
        cluster = self._running
        heirs = cluster.replicas_of(server) if self._has_takeover else []

        def may_return() -> bool:
            with suppress(RedisError):
                return not heirs or any(map(cluster.is_primary, heirs))
            return False

        return Node(server, may_return)

    async def move(self) -> None:
        """See `faults.target.Redises`; the slot of the alerts goes to another primary."""
        await asyncio.to_thread(self._move)

    def _move(self) -> None:
        cluster = self._running
        source = cluster.primary_of(_ALERTS)
        others = [each for each in cluster.servers if each is not source and cluster.is_primary(each)]
        target = self._random.choice(others)
        cluster.move_slot(_ALERTS, source, target)
        cluster.wait_for_replicas(target)

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """Nothing is lost here."""
        raise NotImplementedError
