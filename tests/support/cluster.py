"""A real cluster of embedded servers on loopback: primaries, and a replica of each."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from services.cli.local.embedded import Server, free_port
from tests.support.processes import wait_until
from tests.support.servers import make_server

_SLOTS = 16384
_OPTIONS = {
    "cluster-enabled": "yes",
    "cluster-node-timeout": "1500",
    "cluster-replica-validity-factor": "0",
    "repl-diskless-sync-delay": "0",
}


class Cluster:
    """A cluster on free ports.

    Args:
        kind: of its servers.
        primaries: how many share the slots.
        replicas: how many each of them has.
        options: of every server.
        login: user and password of an administrator, where one is needed.
        announced: the port that a server tells clients to come to, by the port where it listens.
    """

    def __init__(
        self,
        kind: str,
        primaries: int = 3,
        replicas: int = 1,
        options: Mapping[str, str] | None = None,
        login: tuple[str, str] | None = None,
        announced: Callable[[int], int] | None = None,
    ) -> None:
        nodes = [_node(kind, options or {}, announced) for _ in range(primaries * (1 + replicas))]
        self.servers: Sequence[Server] = [node.server for node in nodes]
        """All of them."""
        self._login = login or (None, None)
        self._replicas_each = replicas
        self.primaries, self.replicas = self.servers[:primaries], self.servers[primaries:]
        self._join(nodes)

    @property
    def url(self) -> str:
        """For `--redis`: two seed nodes of the many."""
        return "redis+cluster://" + ",".join(f"127.0.0.1:{each.port}" for each in self.primaries[:2])

    def client(self, server: Server) -> Redis:
        """A plain client of one node."""
        user, password = self._login
        return Redis(port=server.port, username=user, password=password, socket_timeout=2, protocol=2)

    def _join(self, nodes: Sequence["_Node"]) -> None:
        first = self.primaries[0]
        share = -(-_SLOTS // len(self.primaries))
        for place, server in enumerate(self.primaries):
            last = min((place + 1) * share, _SLOTS) - 1
            self.client(server).execute_command("CLUSTER", "ADDSLOTSRANGE", place * share, last)
        for server, bus_port in nodes[1:]:
            self.client(first).execute_command("CLUSTER", "MEET", "127.0.0.1", server.port, bus_port)
        for place, server in enumerate(self.replicas):
            primary = self.node_id(self.primaries[place % len(self.primaries)])
            wait_until(partial(self._replicate, server, primary), "a replica follows its primary")
        wait_until(self.is_whole, "the cluster is whole")

    def _replicate(self, server: Server, primary: str) -> bool:
        try:
            self.client(server).execute_command("CLUSTER", "REPLICATE", primary)
        except RedisError:  # it has not heard of the primary yet
            return False
        return True

    def node_id(self, server: Server) -> str:
        """The name of a node."""
        name: bytes = self.client(server).execute_command("CLUSTER", "MYID")
        return name.decode() if isinstance(name, bytes) else str(name)

    def primary_of(self, slot: int) -> Server:
        """Who has a slot now.

        Raises:
            LookupError: nobody.
        """
        by_name = {self.node_id(server): server for server in self.servers if server.is_running}
        asked = next(iter(by_name.values()))
        for first, last, (_, _, name, *_), *_ in self.client(asked).execute_command("CLUSTER", "SLOTS"):
            if first <= slot <= last:
                return by_name[name.decode()]
        raise LookupError(f"nobody has slot {slot}")

    def is_primary(self, server: Server) -> bool:
        """Whether a node takes itself for a primary."""
        return bool(self.client(server).info("replication")["role"] == "master")

    def replicas_of(self, primary: Server) -> Sequence[Server]:
        """Those that follow a primary and are connected to it."""
        facts = self.client(primary).info("replication")
        found = [facts[f"slave{place}"] for place in range(facts["connected_slaves"])]
        ports = {each["port"] for each in found if each["state"] == "online"}
        return [server for server in self.servers if server.port in ports]

    def is_complete(self) -> bool:
        """Whether every node runs, finds the cluster well, and every primary has its replicas."""
        try:
            if not all(server.is_running for server in self.servers) or not self.is_whole():
                return False
            primaries = list(filter(self.is_primary, self.servers))
            followed = all(len(self.replicas_of(each)) == self._replicas_each for each in primaries)
        except (RedisError, KeyError):  # some node is not ready to say
            return False
        return followed and len(primaries) == len(self.primaries)

    def wait_for_replicas(self, primary: Server) -> None:
        """Wait until its replicas have what a primary has now."""
        offset = self.client(primary).info("replication")["master_repl_offset"]

        def have_it() -> bool:
            facts = self.client(primary).info("replication")
            return all(facts[f"slave{n}"]["offset"] >= offset for n in range(facts["connected_slaves"]))

        wait_until(have_it, "the replicas have it")

    def is_whole(self) -> bool:
        """Whether every node that runs finds the cluster well, and every replica is connected."""
        for server in self.servers:
            if not server.is_running:
                continue
            client = self.client(server)
            if "cluster_state:ok" not in _text(client.execute_command("CLUSTER", "INFO")):
                return False
            replication = client.info("replication")
            if replication["role"] == "slave" and replication["master_link_status"] != "up":
                return False
        return True

    def move_slot(self, slot: int, source: Server, target: Server) -> None:
        """Move a slot with its keys while it is in use."""
        giving, taking = self.client(source), self.client(target)
        taking.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", self.node_id(source))
        giving.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", self.node_id(target))
        while found := giving.execute_command("CLUSTER", "GETKEYSINSLOT", slot, 10):
            giving.execute_command("MIGRATE", "127.0.0.1", target.port, "", 0, 5000, "KEYS", *found)
            time.sleep(0)
        others = [each for each in self.servers if each.is_running and self.is_primary(each)]
        for server in (target, source, *others):
            self.client(server).execute_command("CLUSTER", "SETSLOT", slot, "NODE", self.node_id(target))

    def close(self) -> None:
        """End all servers."""
        for server in self.servers:
            server.close()


class _Node(NamedTuple):
    """Where a node talks to the others."""

    server: Server
    bus_port: int


def _node(kind: str, options: Mapping[str, str], announced: Callable[[int], int] | None) -> _Node:
    port, bus_port = free_port(), free_port()
    everything = {**_OPTIONS, "cluster-port": str(bus_port), **options}
    if announced is not None:
        everything["cluster-announce-port"] = str(announced(port))
    return _Node(make_server(kind, everything, port=port).start(), bus_port)


def _text(reply: object) -> str:
    if isinstance(reply, dict):
        return "\n".join(f"{name}:{value}" for name, value in reply.items())
    return reply.decode() if isinstance(reply, bytes) else str(reply)
