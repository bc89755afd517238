"""The faults: what strikes whom and when, and the log of what was in flight at that moment."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from faults.process import until
from faults.stage import Stage
from faults.target import BREAK, KILL, MOVE, STOP, Target

_IN_FLIGHT_WITHIN_S: Final = 5.0
_COMMITS_WITHIN_S: Final = 30.0

InFlight = Callable[[str], dict[str, int]]


@dataclass(frozen=True)
class Fault:
    """One that has struck."""

    number: int
    at_s: float
    """Since the first phase began."""
    process: str
    kind: str
    stopped_s: float
    """How long a stopped process stood still."""
    in_flight: dict[str, int]
    """Frames that had been sent and were not acknowledged, by source: those that went to the process that
    was struck, or all of them where it is one that everything goes through."""

    @property
    def frames(self) -> int:
        """In flight over all sources."""
        return sum(self.in_flight.values())

    def as_json(self) -> dict[str, object]:
        """For the log."""
        return {**asdict(self), "frames_in_flight": self.frames}


class Striker:
    """Strikes every process in every way, equally often, in random order at random moments.

    Args:
        stage: whom it may strike.
        faults: how often.
        seed: decides the order and the pauses.
        in_flight: what is in flight to a process, by source.
        is_brisk: whether pauses and stops are short.
    """

    def __init__(
        self,
        stage: Stage,
        faults: int,
        seed: str,
        in_flight: InFlight,
        *,
        is_brisk: bool,
    ) -> None:
        self._stage = stage
        self._random = random.Random(seed)
        self._plan = self._deal(faults)
        self._in_flight = in_flight
        self._longest_gap_s, self._longest_stop_s = (1.0, 2.5) if is_brisk else (3.0, 4.0)
        self.struck: list[Fault] = []

    def _deal(self, faults: int) -> Sequence[tuple[str, str]]:
        deck = [(name, kind) for name in self._stage.services for kind in (KILL, STOP)]
        deck += self._stage.redises.deck
        plan: list[tuple[str, str]] = []
        while len(plan) < faults:
            plan += self._random.sample(deck, len(deck))
        return plan[:faults]

    async def run(self, began_s: float) -> None:
        """Strike until the plan is carried out, and everybody who was stopped goes on again.

        Args:
            began_s: when the first phase began, monotonic clock.
        """
        resuming: list[asyncio.Task[None]] = []
        for number, (name, kind) in enumerate(self._plan):
            await asyncio.sleep(self._random.uniform(0.2, self._longest_gap_s))
            target = await self._moment(name, kind)
            stopped_s = self._random.uniform(0.2, self._longest_stop_s) if kind == STOP else 0.0
            now_s = time.monotonic() - began_s
            self.struck.append(Fault(number, now_s, name, kind, stopped_s, self._in_flight(name)))
            if kind == MOVE:
                await self._stage.redises.move()
            elif target is not None and kind == KILL:
                target.kill()
            elif target is not None and kind == STOP:
                target.stop()
                resuming.append(asyncio.create_task(_resume(target, stopped_s)))
        await asyncio.gather(*resuming)

    async def _moment(self, name: str, kind: str) -> Target | None:
        """Wait until the target is there and has something to lose, the latter not for ever."""
        target = await self._stage.ready(name)
        with contextlib.suppress(TimeoutError):
            await until(lambda: bool(self._in_flight(name)), "in flight", _IN_FLIGHT_WITHIN_S)
        if kind == BREAK:
            async with asyncio.timeout(_COMMITS_WITHIN_S):
                await self._stage.redises.lines[name].break_at_commit()
        return target


async def _resume(target: Target, after_s: float) -> None:
    await asyncio.sleep(after_s)
    target.resume()
