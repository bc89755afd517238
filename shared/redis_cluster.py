"""A link to a Redis Cluster: the commands of a round trip go to all their nodes at once."""

from collections.abc import Callable, Iterable, Sequence

from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from shared.address import Address
from shared.redis_link import Command, RedisAway, Reply, is_weather
from shared.redis_node import NodeLink
from shared.redis_slots import CLUSTER_SLOTS, Scatter, Slots


class ClusterLink:
    """A link to a cluster.

    Args:
        seeds: nodes to ask for the others.
        connect: makes a connection to a node.
    """

    def __init__(self, seeds: Sequence[Address], connect: Callable[[Address], AbstractConnection]) -> None:
        self._seeds = seeds
        self._connect = connect
        self._slots = Slots()
        self._nodes: dict[Address, NodeLink] = {}

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `shared.redis_link.Link.roundtrip`."""
        try:
            if not self._slots.is_known:
                self._discover()
            replies = self._scatter(Scatter(self._slots, commands))
        except RedisAway:
            self._slots.forget()  # a node may have died and another one taken its place
            raise
        for reply in replies:
            if isinstance(reply, ResponseError) and is_weather(reply):
                self._slots.forget()
                raise RedisAway(str(reply))
        return replies

    def close(self) -> None:
        """See `shared.redis_link.Link.close`."""
        for node in self._nodes.values():
            node.close()

    def _scatter(self, scatter: Scatter) -> list[Reply]:
        while sendings := scatter.next_round():
            try:
                for address, sending in sendings.items():
                    self._node(address).send(sending.commands)
                for address, sending in sendings.items():
                    scatter.take(sending, self._node(address).receive(len(sending.commands)))
            except RedisAway:
                for address in sendings:  # replies that were not read would answer the next commands
                    self._node(address).close()
                raise
        return scatter.replies

    def _node(self, address: Address) -> NodeLink:
        if address not in self._nodes:
            self._nodes[address] = NodeLink(lambda: self._connect(address))
        return self._nodes[address]

    def _discover(self) -> None:
        """Ask the nodes that we know, one after the other, who has which slots."""
        error: RedisAway | None = None
        for address in dict.fromkeys((*self._nodes, *self._seeds)):
            try:
                (reply,) = self._node(address).roundtrip([CLUSTER_SLOTS])
            except RedisAway as this:
                error = this
                continue
            if isinstance(reply, ResponseError):
                raise RedisAway(f"{address} is no node of a cluster: {reply}")
            self._slots.learn(reply, address)
            return
        raise RedisAway(f"no node of the cluster answers: {error}")
