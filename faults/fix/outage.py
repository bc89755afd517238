"""Redis is away for a long time, and the session has to stay up meanwhile."""

import asyncio
import time
from collections.abc import Callable
from typing import Final

from faults.fix.outcome import Fault, Outcome
from faults.fix.stage import Stage
from faults.process import until

AWAY: Final = "Redis away"
_SHARE: Final = 4
"""One of so many orders is sent before, another one afterwards, and the others while Redis is away."""
_WITHIN_S: Final = 60.0
_LONGEST_SILENCE_S: Final = 2.4
"""What engines put up with at a heartbeat a second. One may be late by as long as an answer is waited for."""


async def outlast(stage: Stage, outcome: Outcome, seconds: float, say: Callable[[str], None]) -> None:
    """Let the engine send while Redis first does not answer and then is not there; note what went wrong.

    Args:
        stage: the processes, running.
        outcome: what is found.
        seconds: how long Redis is away; half of it silent, half of it gone.
        say: told what goes on.
    """
    began_s = time.monotonic()
    engine, before = stage.engine, outcome.orders // _SHARE
    try:
        engine.allow(before)
        await until(lambda: stage.alerts() >= before, "orders take effect", _WITHIN_S)
        redis = await stage.redis_process()
        heartbeats, away_s = engine.said["heartbeat"], time.monotonic()
        redis.stop()
        await _send(stage, before, outcome.orders * (_SHARE - 2) // _SHARE, seconds / 2, away_s)
        redis.kill(lambda: asyncio.sleep(seconds / 2))
        await _send(stage, engine.sent, outcome.orders * (_SHARE - 1) // _SHARE, seconds, away_s)
        outcome.heartbeats = engine.said["heartbeat"] - heartbeats
        fault = Fault(0, round(away_s - began_s, 3), AWAY, engine.sent - before)
        outcome.faults.append(fault)
        say(f"{fault.at_s:7.3f} s: {AWAY} for {seconds:.0f} s, {fault.in_flight} orders in flight at its end")
        await until(lambda: stage.alerts() > before, "orders take effect again", _WITHIN_S)
        fault.back_s = round(time.monotonic() - began_s, 3)
        await stage.send_all(outcome.orders)
    except (TimeoutError, OSError) as error:
        outcome.wrong.append(f"{type(error).__name__}: {error}")
    if outcome.heartbeats < int(seconds / _LONGEST_SILENCE_S):
        outcome.wrong.append(f"only {outcome.heartbeats} heartbeats while Redis was away")
    if engine.said["logon"] != 1 or engine.said["logout"]:
        outcome.wrong.append(f"the session did not stay up: {dict(engine.said)}")
    outcome.logons = engine.said["logon"]
    outcome.elapsed_s = round(time.monotonic() - began_s, 1)


async def _send(stage: Stage, first: int, last: int, until_s: float, began_s: float) -> None:
    """Let the engine send orders at a steady pace until so many seconds after a moment."""
    from_s = time.monotonic() - began_s
    while (now_s := time.monotonic() - began_s) < until_s:
        part = (now_s - from_s) / (until_s - from_s)
        stage.engine.allow(first + int((last - first) * part))
        await asyncio.sleep(0.1)
