"""The faults: what strikes whom and when, and the log of what was in flight at that moment."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from faults.line import Line
from faults.process import Process, until

KILL: Final = "kill -9"
STOP: Final = "stop"
BREAK: Final = "break"
"""The process stays, its line to Redis breaks."""

_IN_FLIGHT_WITHIN_S: Final = 5.0
_READY_WITHIN_S: Final = 30.0

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
        processes: whom it may kill and stop.
        lines: what it may break, by the process at the end of it.
        faults: how often.
        seed: decides the order and the pauses.
        in_flight: what is in flight to a process, by source.
        is_brisk: whether pauses and stops are short.
    """

    def __init__(
        self,
        processes: Mapping[str, Process],
        lines: Mapping[str, Line],
        faults: int,
        seed: str,
        in_flight: InFlight,
        *,
        is_brisk: bool,
    ) -> None:
        self._processes = processes
        self._lines = lines
        self._random = random.Random(seed)
        self._plan = self._deal(faults)
        self._in_flight = in_flight
        self._longest_gap_s, self._longest_stop_s = (1.0, 2.5) if is_brisk else (3.0, 4.0)
        self.struck: list[Fault] = []

    def _deal(self, faults: int) -> Sequence[tuple[str, str]]:
        deck = [(name, kind) for name in self._processes for kind in (KILL, STOP)]
        deck += [(name, BREAK) for name in self._lines]
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
            await self._moment(self._processes[name])
            if kind == BREAK:
                async with asyncio.timeout(_READY_WITHIN_S):
                    await self._lines[name].break_at_commit()
            stopped_s = self._random.uniform(0.2, self._longest_stop_s) if kind == STOP else 0.0
            now_s = time.monotonic() - began_s
            self.struck.append(Fault(number, now_s, name, kind, stopped_s, self._in_flight(name)))
            if kind == KILL:
                self._processes[name].kill()
            elif kind == STOP:
                self._processes[name].stop()
                resuming.append(asyncio.create_task(_resume(self._processes[name], stopped_s)))
        await asyncio.gather(*resuming)

    async def _moment(self, process: Process) -> None:
        """Wait until the process runs and has something to lose, the latter not for ever."""
        await until(lambda: process.is_running, f"{process.name} runs", _READY_WITHIN_S)
        with contextlib.suppress(TimeoutError):
            await until(lambda: bool(self._in_flight(process.name)), "in flight", _IN_FLIGHT_WITHIN_S)


async def _resume(process: Process, after_s: float) -> None:
    await asyncio.sleep(after_s)
    process.resume()
