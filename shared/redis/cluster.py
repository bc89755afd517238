"""A link to a Redis Cluster: the commands of a round trip go to all their nodes at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from redis.connection import AbstractConnection

from shared.base.address import Address
from shared.redis.inquiry import Inquiry
from shared.redis.link import Command, NodeEpoch, RedisUnavailable, Reply, command, raise_if_unusable
from shared.redis.node import NodeLink, ignore
from shared.redis.server_facts import ServerFacts
from shared.redis.slots import CLUSTER_SLOTS, Scatter, Sending, Slots


class ClusterLink:
    """A link to a cluster.

    Args:
        seeds: nodes to ask for the others.
        connect: makes a connection to a node.
        on_connect: told what a node says of itself, after each new connection.
    """

    def __init__(
        self,
        seeds: Sequence[Address],
        connect: Callable[[Address], AbstractConnection],
        on_connect: Callable[[ServerFacts], None] = ignore,
    ) -> None:
        self._members = Inquiry(seeds, "no node of the cluster answers")
        self._connect = connect
        self._on_connect = on_connect
        self._slots = Slots()
        self._nodes: dict[Address, NodeLink] = {}

    def start(self, commands: Iterable[Command]) -> Callable[[], list[Reply]]:
        """See `shared.redis.link.RedisLink.start`."""
        with self._watched():
            scatter = self._scatter(commands)
            return partial(self._finish, scatter, self._send(scatter.next_round()))

    def roundtrip(self, commands: Iterable[Command]) -> list[Reply]:
        """See `shared.redis.link.RedisLink.roundtrip`."""
        return self.start(commands)()

    def roundtrip_with_epochs(self, commands: Sequence[Command]) -> tuple[list[Reply], list[NodeEpoch]]:
        """See `shared.redis.link.RedisLink.roundtrip_with_epochs`."""
        with self._watched():
            if not self._slots.is_known:
                self._discover()
            nodes = self._slots.nodes_of(each.key for each in commands)
            gets = self._epoch_gets(nodes)
            scatter = self._scatter([*commands, *gets.values()])
            replies = self._finish(scatter, self._send(scatter.next_round()))
        count = len(commands)
        late = [each for each in scatter.redirected if each not in gets]
        return replies[:count], [*self._epochs(gets, replies[count:]), *self._epochs_of(late)]

    def epochs(self) -> list[NodeEpoch]:
        """See `shared.redis.link.RedisLink.epochs`."""
        with self._watched():
            self._discover()
            return self._epochs_of(self._slots.nodes)

    def _epochs_of(self, nodes: Sequence[Address]) -> list[NodeEpoch]:
        gets = self._epoch_gets(nodes)
        return self._epochs(gets, self.roundtrip(gets.values()))

    def _epoch_gets(self, nodes: Sequence[Address]) -> dict[Address, Command]:
        """The commands that ask nodes for their epochs; one without slots has none."""
        found = {each: self._slots.epoch_key(each) for each in nodes}
        return {each: command(key, "GET", key) for each, key in found.items() if key is not None}

    def _epochs(self, gets: Mapping[Address, Command], values: Sequence[Reply]) -> list[NodeEpoch]:
        """What nodes have answered about their epochs."""
        found = zip(gets.items(), values, strict=True)
        return [self._node(address).epoch(get.key, value) for (address, get), value in found]

    def _scatter(self, commands: Iterable[Command]) -> Scatter:
        if not self._slots.is_known:
            self._discover()
        return Scatter(self._slots, commands)

    def _finish(self, scatter: Scatter, sendings: Mapping[Address, Sending]) -> list[Reply]:
        with self._watched():
            while sendings:
                with self._together(sendings):
                    for address, sending in sendings.items():
                        scatter.take(sending, self._node(address).receive(len(sending.commands)))
                sendings = self._send(scatter.next_round())
            for reply in scatter.replies:
                raise_if_unusable(reply)
        return scatter.replies

    def _send(self, sendings: Mapping[Address, Sending]) -> Mapping[Address, Sending]:
        with self._together(sendings):
            for address, sending in sendings.items():
                self._node(address).send(sending.commands)
        return sendings

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """After a failure ask again who has which slots: a node may have died and another taken its place."""
        try:
            yield
        except RedisUnavailable:
            self._slots.forget()
            raise

    @contextmanager
    def _together(self, sendings: Mapping[Address, Sending]) -> Iterator[None]:
        """Close all these nodes if one fails: replies that were not read would answer the next commands."""
        try:
            yield
        except RedisUnavailable:
            for address in sendings:
                self._node(address).close()
            raise

    def close(self) -> None:
        """See `shared.redis.link.RedisLink.close`."""
        for node in self._nodes.values():
            node.close()

    def _node(self, address: Address) -> NodeLink:
        if address not in self._nodes:
            self._nodes[address] = NodeLink(lambda: self._connect(address), self._on_connect)
        return self._nodes[address]

    def _discover(self) -> None:
        """Ask the nodes that we know, one after the other, who has which slots."""
        for turn in self._members.turns():
            with turn:
                (reply,) = self._node(turn.address).roundtrip([CLUSTER_SLOTS])
                self._slots.learn(reply, turn.address)
        self._members.ask_also(self._slots.nodes)
