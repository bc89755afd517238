"""A link to a Redis Cluster for asyncio: like `shared.redis.cluster`."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from redis.asyncio.connection import AbstractConnection

from shared.base.address import Address
from shared.redis.aio.link import AsyncNodeLink
from shared.redis.inquiry import Inquiry
from shared.redis.link import Command, RedisUnavailable, Reply
from shared.redis.slots import CLUSTER_SLOTS, Scatter, Sending, Slots


class AsyncClusterLink:
    """A link to a cluster.

    Args:
        seeds: nodes to ask for the others.
        connect: makes a connection to a node.
        timeout_s: for the round trip to each node, connecting included.
    """

    def __init__(
        self,
        seeds: Sequence[Address],
        connect: Callable[[Address], Awaitable[AbstractConnection]],
        timeout_s: float,
    ) -> None:
        self._members = Inquiry(seeds, "no node of the cluster answers")
        self._connect = connect
        self._timeout_s = timeout_s
        self._slots = Slots()
        self._nodes: dict[Address, AsyncNodeLink] = {}

    async def roundtrip(self, commands: Sequence[Command], wait_s: float = 0.0) -> list[Reply]:
        """See `shared.redis.aio.link.AsyncLink.roundtrip`."""
        try:
            if not self._slots.is_known:
                await self._discover()
            scatter = Scatter(self._slots, commands)
            while sendings := scatter.next_round():
                await asyncio.gather(*(self._send(scatter, *each, wait_s) for each in sendings.items()))
        except RedisUnavailable:
            self._slots.forget()  # a node may have died and another one taken its place
            raise
        return scatter.replies

    async def close(self) -> None:
        """See `shared.redis.aio.link.AsyncLink.close`."""
        for node in self._nodes.values():
            await node.close()

    async def _send(self, scatter: Scatter, address: Address, sending: Sending, wait_s: float) -> None:
        scatter.take(sending, await self._node(address).roundtrip(sending.commands, wait_s))

    def _node(self, address: Address) -> AsyncNodeLink:
        if address not in self._nodes:
            self._nodes[address] = AsyncNodeLink(lambda: self._connect(address), self._timeout_s)
        return self._nodes[address]

    async def _discover(self) -> None:
        """Ask the nodes that we know, one after the other, who has which slots."""
        for turn in self._members.turns():
            with turn:
                (reply,) = await self._node(turn.address).roundtrip([CLUSTER_SLOTS])
                self._slots.learn(reply, turn.address)
        self._members.ask_also(self._slots.nodes)
