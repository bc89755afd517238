"""One run: an engine sends orders while faults strike, and then everything is counted."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Final

from faults.fix.outcome import Fault, Outcome
from faults.fix.stage import Stage
from faults.process import Process, until

CHECKER: Final = "checker killed"
REDIS: Final = "Redis killed"
ENGINE: Final = "engine killed"
LINE: Final = "line cut"
COMMIT: Final = "line to Redis cut around a commit"
TAKEOVER: Final = "takeover by another checker"
_SESSION_STAYS: Final = (REDIS, COMMIT)
KINDS: Final = (CHECKER, REDIS, ENGINE, LINE, COMMIT, TAKEOVER)

_BACK_WITHIN_S: Final = 60.0
_COMMITS_WITHIN_S: Final = 30.0
_IN_FLIGHT_WITHIN_S: Final = 0.2
_MOMENT_S: Final = 0.01
"""A strike comes so long after some order, or sooner."""
_FEW: Final = 10
"""One of so many orders of a portion is sent to see that all is well again."""


class Run:
    """Lets the engine send its orders in portions, and strikes amid each of them.

    Args:
        stage: the processes, running.
        outcome: what is found.
        faults: how many.
        seed: decides their order and moments.
        say: told what goes on.
        kinds: the kinds of faults.
    """

    def __init__(
        self,
        stage: Stage,
        outcome: Outcome,
        faults: int,
        seed: str,
        say: Callable[[str], None],
        kinds: Sequence[str] = KINDS,
    ) -> None:
        self._stage, self._outcome, self._say = stage, outcome, say
        self._random = random.Random(seed)
        self._plan: list[str] = []
        while len(self._plan) < faults:
            self._plan += self._random.sample(kinds, len(kinds))
        self._plan = self._plan[:faults]
        self._portion = outcome.orders // (faults + 1)
        self._began_s = time.monotonic()
        self._overtaken: Process | None = None
        self._logons = 1
        """How many there have to be before all is well again."""

    async def run(self) -> None:
        """Send everything, strike, and note what went wrong."""
        try:
            for number, kind in enumerate(self._plan):
                await self._recover(number * self._portion)
                await self._strike(number, kind)
            await self._recover(len(self._plan) * self._portion)
            await self._stage.send_all(self._outcome.orders)
        except (TimeoutError, OSError) as error:
            self._outcome.wrong.append(f"{type(error).__name__}: {error}")
        self._outcome.logons = self._stage.engine.said["logon"]
        self._outcome.elapsed_s = round(self._now(), 1)

    async def _recover(self, sent: int) -> None:
        """Wait until orders take effect again, and let the next portion be sent.

        Args:
            sent: how many orders there were to be sent up to now.
        """
        stage = self._stage
        await until(lambda: stage.engine.said["logon"] >= self._logons, "the engine logs on", _BACK_WITHIN_S)
        already = stage.alerts()
        stage.engine.allow(sent + max(1, self._portion // _FEW))
        await until(lambda: stage.alerts() > already, "orders take effect", _BACK_WITHIN_S)
        if self._outcome.faults:
            self._outcome.faults[-1].back_s = round(self._now(), 3)
        if self._overtaken is not None:
            self._overtaken.resume()
            self._outcome.wrong += [text for text in [await self._overtaken.end()] if text]
            self._overtaken = None
        stage.engine.allow(sent + self._portion)

    async def _strike(self, number: int, kind: str) -> None:
        """Strike when some of the portion has been sent."""
        stage, engine = self._stage, self._stage.engine
        wanted = int(self._portion * (number + self._random.uniform(0.15, 0.9)))
        await until(lambda: engine.sent >= wanted, "the engine sends", _BACK_WITHIN_S)
        if kind == COMMIT:
            async with asyncio.timeout(_COMMITS_WITHIN_S):
                await stage.line_to_redis.break_at_commit()
        redis = await stage.redis_process()
        if kind != COMMIT:
            await asyncio.sleep(self._random.uniform(0, _MOMENT_S))
        deadline = time.monotonic() + _IN_FLIGHT_WITHIN_S
        while (in_flight := engine.sent - stage.alerts()) <= 0 and time.monotonic() < deadline:
            await asyncio.sleep(0)
        fault = Fault(number, round(self._now(), 3), kind, max(in_flight, 0))
        self._outcome.faults.append(fault)
        self._logons = engine.said["logon"] + (kind not in _SESSION_STAYS)
        self._say(f"{fault.at_s:7.3f} s: {kind}, {fault.in_flight} orders in flight")
        match kind:
            case "checker killed":
                stage.checker.kill()
            case "Redis killed":
                redis.kill()
            case "engine killed":
                await engine.kill()
            case "line cut":
                stage.line.cut()
            case "takeover by another checker":
                self._overtaken = await stage.take_over()

    def _now(self) -> float:
        return time.monotonic() - self._began_s
