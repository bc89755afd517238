"""Publishes and activates random versions of the limits while faults strike."""

import asyncio
import random
import time
from collections.abc import Callable
from typing import Final

from faults.limits.activation import Activation
from faults.limits.maker import LimitsMaker
from faults.limits.publisher import Publisher
from faults.limits.sent_limits import SentLimits
from faults.limits.version import Limits
from shared.published.changing import Overtaken
from shared.published.content import DamagedVersion
from shared.published.pointer import Pointer
from shared.redis.link import RedisUnavailable

_ACTIVE_WITHIN_S: Final = 60.0
_RETRY_S: Final = 0.1
_LOOK_AGAIN_S: Final = 0.01
_AT_ONCE_S: Final = 0.4
"""Within this time a process that was killed is not ready again."""
_WAYS_BACK: Final = 0.2
"""How many are of a version that was active before."""


class Activator:
    """Activates a version after so many faults each, shortly after the fault or at any moment.

    Args:
        activations: how many.
        seed: decides the versions and the moments.
        publisher: how they get into Redis.
        sent: is told what may judge orders from when on.
        progress: how much of the faults has struck, from 0 to 1.
        longest_gap_s: how long after it is due an activation begins at the latest.
    """

    def __init__(
        self,
        activations: int,
        seed: str,
        publisher: Publisher,
        sent: SentLimits,
        progress: Callable[[], float],
        longest_gap_s: float,
    ) -> None:
        self._count = activations
        self._random = random.Random(seed)
        self._maker = LimitsMaker(f"{seed}/files")
        self._publisher = publisher
        self._sent = sent
        self._progress = progress
        self._longest_gap_s = longest_gap_s
        self.activations: list[Activation] = []

    async def run(self, began_s: float) -> None:
        """Activate one after the other.

        Args:
            began_s: when the first phase began, monotonic clock.

        Raises:
            TimeoutError: one did not come to be active.
        """
        for number in range(self._count):
            while self._progress() < number / self._count:
                await asyncio.sleep(_LOOK_AGAIN_S)
            longest_s = self._random.choice((_AT_ONCE_S, self._longest_gap_s))
            await asyncio.sleep(self._random.uniform(0, longest_s))
            await self._activate(began_s)

    async def _activate(self, began_s: float) -> None:
        source, limits = self._choose()
        activation = Activation(limits, source, time.monotonic() - began_s, is_way_back=source is not None)
        self.activations.append(activation)
        async with asyncio.timeout(_ACTIVE_WITHIN_S):
            while not await self._is_active(activation):
                await asyncio.sleep(_RETRY_S)
        activation.returned_s = time.monotonic() - began_s
        self._sent.returned(activation.number)

    def _choose(self) -> tuple[Pointer | None, Limits]:
        """New limits, or older ones than those that are active."""
        older = [each for each in self.activations if each.limits != self.activations[-1].limits]
        if older and self._random.random() < _WAYS_BACK:
            chosen = self._random.choice(older)
            return chosen.source, chosen.limits
        return None, self._maker.make()

    async def _is_active(self, activation: Activation) -> bool:
        """Try it; whether it is active for good: Redis may have lost it before we have heard of it."""
        activation.attempts += 1
        losses = len(self._sent.after_losses)
        try:
            is_safe = await self._try(activation)
        except DamagedVersion:
            activation.source = None
            return False
        except (RedisUnavailable, Overtaken):
            return False
        return is_safe and losses == len(self._sent.after_losses)

    async def _try(self, activation: Activation) -> bool:
        if activation.source is None:
            activation.source = await asyncio.to_thread(self._publisher.publish, activation.limits)
        plan = await asyncio.to_thread(self._publisher.plan, activation.source)
        self._sent.begins(plan.number, activation.limits)
        activation.number = await asyncio.to_thread(self._publisher.activate, plan)
        self._sent.begins(activation.number, activation.limits)
        return await asyncio.to_thread(self._publisher.is_safe, activation.number)
