"""The faults: what strikes whom and when, and the log of what was in flight at that moment."""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from faults.between_chunks import hold_between_chunks
from faults.breaking_proxy import Line
from faults.hash_watch import HashWatch
from faults.loss import Loss, Meanwhile
from faults.one_redis import REDIS
from faults.process import until
from faults.stage import INGESTOR, Stage
from faults.target import BREAK, CLOCK, FORGET, KILL, LOSSES, MOVE, STOP, Target

_IN_FLIGHT_WITHIN_S: Final = 5.0
_COMMITS_WITHIN_S: Final = 30.0
_DEAD_WITHIN_S: Final = 0.1
_BACK_WITHIN_S: Final = 30.0
_LOOK_AGAIN_S: Final = 0.05

InFlight = Callable[[str], dict[str, int]]


@dataclass
class Fault:
    """One that has struck."""

    number: int
    at_s: float
    """Since the first phase began."""
    process: str
    kind: str
    in_flight: dict[str, int]
    """Frames that had been sent and were not acknowledged, by source: those that went to the process that
    was struck, or all of them where it is one that everything goes through."""
    stopped_s: float = 0.0
    """How long a stopped process stood still, or the ingestor after a loss."""
    back_s: float = 0.0
    """When whoever was killed was ready again, since the first phase began; 0 where nobody was."""
    clock_ahead_s: float = 0.0
    """By how much a clock is ahead now that it has stepped; below 0 where it is behind."""
    loss: Loss | None = None
    """What Redis has lost."""
    is_between_chunks: bool = False
    """Whether Redis had some chunks of a commit, and the others had not been sent on."""

    @property
    def away(self) -> tuple[float, float]:
        """From when until when whoever was struck did nothing, since the first phase began."""
        return self.at_s, max(self.back_s, self.at_s + self.stopped_s)

    @property
    def frames(self) -> int:
        """In flight over all sources."""
        return sum(self.in_flight.values())

    def as_json(self) -> dict[str, object]:
        """For the log."""
        return {
            "number": self.number,
            "at_s": self.at_s,
            "process": self.process,
            "kind": self.kind,
            "stopped_s": self.stopped_s,
            "back_s": self.back_s,
            "in_flight": self.in_flight,
            "frames_in_flight": self.frames,
            **({"clock_ahead_s": self.clock_ahead_s} if self.kind == CLOCK else {}),
            **({"is_between_chunks": True} if self.is_between_chunks else {}),
            **({} if self.loss is None else {"loss": self.loss.as_json()}),
        }


class Striker:
    """Strikes every process in every way, equally often, in random order at random moments.

    Args:
        stage: whom it may strike.
        faults: how often.
        seed: decides the order and the pauses.
        in_flight: what is in flight to a process, by source.
        watch: told of losses, and says when all is there again.
        meanwhile: told of a loss before anybody else can know of it.
        kinds: those that there are; all of them if it names none.
        is_brisk: whether pauses and stops are short.
        aims_between_chunks: whether kills of checkers and of Redis, and breaks of their lines, wait for a
            moment at which a commit of several chunks has taken effect in part.
    """

    def __init__(
        self,
        stage: Stage,
        faults: int,
        seed: str,
        in_flight: InFlight,
        watch: HashWatch,
        meanwhile: Meanwhile,
        *,
        kinds: Sequence[str] = (),
        is_brisk: bool,
        aims_between_chunks: bool = False,
    ) -> None:
        self._stage = stage
        self._random = random.Random(seed)
        self._plan = self._deal(faults, kinds)
        self._began_s = 0.0
        self._in_flight = in_flight
        self._watch = watch
        self._meanwhile = meanwhile
        self._aims_between_chunks = aims_between_chunks
        self._longest_gap_s, self._longest_stop_s = (1.0, 2.5) if is_brisk else (3.0, 4.0)
        self._resuming: list[asyncio.Task[None]] = []
        self._returning: list[asyncio.Task[None]] = []
        self._coming_back: asyncio.Task[None] | None = None
        self.struck: list[Fault] = []

    def _deal(self, faults: int, kinds: Sequence[str]) -> Sequence[tuple[str, str]]:
        deck = [(name, kind) for name in self._stage.services for kind in (KILL, STOP)]
        deck += [(name, CLOCK) for name in self._stage.clocks] * 2
        deck += self._stage.redises.deck
        deck = [each for each in deck if not kinds or each[1] in kinds]
        plan: list[tuple[str, str]] = []
        while deck and len(plan) < faults:
            plan += self._random.sample(deck, len(deck))
        return plan[:faults]

    @property
    def progress(self) -> float:
        """How much has struck, from 0 to 1."""
        return len(self.struck) / len(self._plan)

    async def run(self, began_s: float) -> None:
        """Strike until the plan is carried out, everybody who was stopped goes on, and Redis has all quotes.

        Args:
            began_s: when the first phase began, monotonic clock.
        """
        self._began_s = began_s
        for number, (name, kind) in enumerate(self._plan):
            await asyncio.sleep(self._random.uniform(0.2, self._longest_gap_s))
            target = await self._moment(name, kind)
            line = self._line_to_hold(name, kind)
            is_between_chunks = line is not None and await hold_between_chunks(line, self._stage.redises)
            if kind == BREAK and not is_between_chunks:
                await self._break(name)
            fault = Fault(number, time.monotonic() - began_s, name, kind, self._in_flight(name))
            fault.is_between_chunks = is_between_chunks
            self.struck.append(fault)
            await self._strike(fault, target)
            if line is not None:
                line.break_held()
        await asyncio.gather(*self._resuming, *self._returning)
        await self._until_all_is_back()

    async def _strike(self, fault: Fault, target: Target | None) -> None:
        if fault.kind == MOVE:
            await self._stage.redises.move()
        elif fault.kind == CLOCK:
            clock = self._stage.clocks[fault.process]
            clock.step()
            fault.clock_ahead_s = clock.ahead_s
        elif fault.kind in LOSSES:
            await self._lose(fault)
        elif target is not None and fault.kind == KILL:
            target.kill()
            self._returning.append(asyncio.create_task(self._note_return(fault)))
        elif target is not None and fault.kind == STOP:
            fault.stopped_s = self._random.uniform(0.2, self._longest_stop_s)
            target.stop()
            self._resuming.append(asyncio.create_task(_resume(target, fault.stopped_s)))

    async def _note_return(self, fault: Fault) -> None:
        """Note when whoever was killed is ready again."""
        await asyncio.sleep(_DEAD_WITHIN_S)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_BACK_WITHIN_S):
                while not await self._stage.is_back(fault.process):
                    await asyncio.sleep(_LOOK_AGAIN_S)
        fault.back_s = time.monotonic() - self._began_s

    async def _lose(self, fault: Fault) -> None:
        """Let Redis lose data; now and then the ingestor stands still until some time after its return."""
        ingestor = self._stage.services[INGESTOR]
        fault.stopped_s = self._random.choice((0.0, self._random.uniform(0.3, self._longest_stop_s)))
        if fault.kind == FORGET:
            fault.stopped_s = 0.0
            for service in self._stage.services.values():
                service.kill()

        def meanwhile(loss: Loss) -> None:
            self._meanwhile(loss)
            if fault.stopped_s:
                ingestor.stop()

        self._watch.begins_to_lose()
        fault.loss = await self._stage.redises.lose(fault.process, fault.kind, meanwhile)
        if fault.stopped_s:
            self._resuming.append(asyncio.create_task(_resume(ingestor, fault.stopped_s)))
        self._coming_back = asyncio.create_task(self._watch.comes_back(fault.loss, fault.stopped_s))

    async def _moment(self, name: str, kind: str) -> Target | None:
        """Wait until the target is there and has something to lose, the latter not for ever.

        What Redis and the ingestor lose together is lost: while quotes are away the ingestor is not killed,
        and before they get lost it has to have them.
        """
        if kind in LOSSES or (name, kind) == (INGESTOR, KILL):
            await self._until_all_is_back()
        if kind in LOSSES:
            await self._stage.all_ready()
        target = await self._stage.ready(name)
        with contextlib.suppress(TimeoutError):
            await until(lambda: bool(self._in_flight(name)), "in flight", _IN_FLIGHT_WITHIN_S)
        return target

    def _line_to_hold(self, name: str, kind: str) -> Line | None:
        """The line whose break, or one end of which, is about to be struck between two chunks."""
        if not self._aims_between_chunks or kind not in {KILL, BREAK}:
            return None
        lines = self._stage.redises.lines
        return self._random.choice(list(lines.values())) if name == REDIS else lines.get(name)

    async def _break(self, name: str) -> None:
        async with asyncio.timeout(_COMMITS_WITHIN_S):
            await self._stage.redises.lines[name].break_at_commit()

    async def _until_all_is_back(self) -> None:
        if self._coming_back is not None:
            await self._coming_back


async def _resume(target: Target, after_s: float) -> None:
    await asyncio.sleep(after_s)
    target.resume()
