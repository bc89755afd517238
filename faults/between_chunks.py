"""Striking between two chunks of a commit: some have taken effect, and the others never arrive."""

import asyncio
import time
from typing import Final

from faults.breaking_proxy import HeldCommit, Line
from faults.target import AWAY, Redises

_WITHIN_S: Final = 10.0
_STANDS_WITHIN_S: Final = 1.0
_LOOK_AGAIN_S: Final = 0.005


async def hold_between_chunks(line: Line, redises: Redises) -> bool:
    """Wait until Redis has a part of a commit and the line keeps back the rest; whether it came to that.

    Redis has it when the position stands at the boundary of two chunks. `Line.break_held` has to follow the
    strike.
    """
    deadline_s = time.monotonic() + _WITHIN_S
    while (left_s := deadline_s - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(left_s):
                held = await line.hold_between_chunks()
        except TimeoutError:
            break
        if await _stands_at_the_boundary(held, redises):
            return True
        line.break_held()  # the chunk was refused, because the source has a new owner
    line.break_held()
    return False


async def _stands_at_the_boundary(held: HeldCommit, redises: Redises) -> bool:
    deadline_s = time.monotonic() + _STANDS_WITHIN_S
    while time.monotonic() < deadline_s:
        if await asyncio.to_thread(_position, held.key, redises) == held.boundary:
            return True
        await asyncio.sleep(_LOOK_AGAIN_S)
    return False


def _position(key: str, redises: Redises) -> str | None:
    try:
        with redises.client() as client:
            position: str | None = client.hget(key, "position")
    except AWAY:
        return None
    return position
