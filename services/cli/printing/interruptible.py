"""Work that ends when somebody says so."""

import asyncio
import select
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Final

_LOOK_EVERY_S: Final = 0.5


async def until_told(work: Coroutine[None, None, None], *, is_piped: bool) -> None:
    """Work until it is done, until SIGTERM or Ctrl-C, or until nobody reads standard output any more.

    Args:
        work: what is done.
        is_piped: whether its result goes to standard output.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_cancel_when_nobody_reads(working)) if is_piped else None
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, working.cancel)
    try:
        with suppress(asyncio.CancelledError):
            await working
    finally:
        if watching is not None:
            watching.cancel()


async def _cancel_when_nobody_reads(working: asyncio.Task[None]) -> None:
    """End work when the other end of a pipe is closed, even if nothing is to be printed."""
    poller = select.poll()
    poller.register(sys.stdout.fileno(), 0)  # errors alone
    while not poller.poll(0):  # noqa: ASYNC110 (nothing tells but asking)
        await asyncio.sleep(_LOOK_EVERY_S)
    working.cancel()
