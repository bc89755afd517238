"""The end of the day, when both sides begin again at 1, with orders in flight and Redis away."""

import time
from collections.abc import Callable
from typing import Final

from faults.fix.outcome import Fault, Outcome
from faults.fix.stage import Stage
from faults.process import until

SOON_S: Final = 20
"""The day ends so long after a run was begun, when everything has started."""
_AWAY_S: Final = 6.0
_BACK_S: Final = 5.0
"""Redis is away from so long before the end until so long after it."""
_SHARE: Final = 4
"""One of so many orders is sent before that, and another one on the next day."""
_WITHIN_S: Final = 60.0


async def pass_end(stage: Stage, outcome: Outcome, day_ends_s: int, say: Callable[[str], None]) -> None:
    """Let the engine send orders that are on their way when the day ends; note what went wrong.

    QuickFIX ends its day a second before, and forgets what it was given to send in that second.

    Args:
        stage: the processes, running, with that end of the day.
        outcome: what is found.
        day_ends_s: seconds since the Unix epoch.
        say: told what goes on.
    """
    began_s, engine = time.monotonic(), stage.engine
    first, before = outcome.orders // _SHARE, outcome.orders * (_SHARE - 1) // _SHARE
    try:
        engine.allow(first)
        await until(lambda: stage.alerts() >= first, "orders take effect", _WITHIN_S)
        redis = await stage.redis_process()
        await until(lambda: time.time() >= day_ends_s - _AWAY_S, "the day is about to end", _WITHIN_S)
        redis.stop()
        try:
            engine.allow(before)
            await until(lambda: engine.sent >= before, "the engine sends", _AWAY_S - 2)
            await until(lambda: time.time() >= day_ends_s + _BACK_S, "the day has ended", _WITHIN_S)
        finally:
            redis.resume()
        fault = Fault(0, round(time.monotonic() - began_s, 3), "the day's end", before - stage.alerts())
        outcome.faults.append(fault)
        say(f"{fault.at_s:7.3f} s: the day has ended, {fault.in_flight} orders in flight")
        await until(lambda: engine.said["logon"] > 1, "the engine logs on again", _WITHIN_S)
        await stage.send_all(outcome.orders)
        fault.back_s = round(time.monotonic() - began_s, 3)
        _judge_days([sequence for _, sequence in stage.alerted()], before, outcome)
    except (TimeoutError, OSError) as error:
        outcome.wrong.append(f"{type(error).__name__}: {error}")
    outcome.logons = engine.said["logon"]
    outcome.elapsed_s = round(time.monotonic() - began_s, 1)


def _judge_days(sequences: list[str], before: int, outcome: Outcome) -> None:
    """An order's sequence begins with the number of resets, so with one for each day."""
    resets = [int(each.partition("/")[0]) for each in sequences]
    days = (set(resets[:before]), set(resets[before:]))
    if [len(day) for day in days] != [1, 1] or max(days[0]) >= max(days[1]):
        outcome.wrong.append(
            f"the orders of the two days are of {sorted(days[0])} and {sorted(days[1])} resets"
        )
