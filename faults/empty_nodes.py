"""A cluster of which a node comes back empty."""

import asyncio
import shutil
from pathlib import Path
from typing import Final

from redis import Redis
from redis.crc import key_slot

from faults.loss import Loss, Meanwhile, State, read_state
from faults.nodes import ALERTS_PRIMARY, LINE, OTHER_PRIMARY, Nodes
from faults.target import BREAK, EMPTY, KILL, STOP
from services.cli.local.embedded import Server

_BACK_WITHIN_S: Final = 30.0
_LIMITS: Final = key_slot(b"limits")


class EmptyNodes(Nodes):
    """See `faults.target.Redises`: three primaries, without replicas.

    Args:
        seed: decides who is struck where several could be, and how the line breaks.
    """

    loses_data = True

    def __init__(self, seed: str) -> None:
        super().__init__(seed, has_takeover=False, replicas=0)
        self.may_go_back = True
        self.deck = [
            *((name, kind) for name in (ALERTS_PRIMARY, OTHER_PRIMARY) for kind in (KILL, STOP)),
            (LINE, BREAK),
            (ALERTS_PRIMARY, EMPTY),
            *[(OTHER_PRIMARY, EMPTY)] * 5,
        ]

    async def start(self, directory: Path, program: str) -> None:
        """See `faults.target.Redises`; alerts and limits lie apart, so that one is lost without the other."""
        await super().start(directory, program)
        await asyncio.to_thread(self._part_limits)

    def _part_limits(self) -> None:
        cluster, alerts = self._running, self.choose(ALERTS_PRIMARY)
        if cluster.primary_of(_LIMITS) is alerts:
            other = next(each for each in cluster.primaries if each is not alerts)
            cluster.move_slot(_LIMITS, alerts, other)

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """See `faults.target.Redises`; the node stays a primary and keeps its slots."""
        del kind
        server = await asyncio.to_thread(self.choose, name)
        loss = await asyncio.to_thread(_empty, server)
        meanwhile(loss)
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(_BACK_WITHIN_S):
            await self.complete()
        return loss


def _empty(server: Server) -> Loss:
    """Kill a node and take away its data."""
    with Redis(port=server.port, decode_responses=True) as client:
        before = read_state(client)
    server.kill()
    shutil.rmtree(Path(server.folder, "appendonlydir"))
    return Loss(before, State({}, 0, 0))
