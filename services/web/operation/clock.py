"""The data server's clock for the HTTP application: looked at once a second, as every service does."""

import asyncio
import time
from contextlib import suppress
from typing import Final

from shared.redis.aio.link import AsyncLink
from shared.redis.link import RedisAway
from shared.redis.server_clock import TIME, ServerClock

_EVERY_S: Final = 1.0


async def keep(clock: ServerClock, link: AsyncLink) -> None:
    """Look at the server's clock again and again; while Redis is away the clock goes on as it was."""
    while True:
        with suppress(RedisAway):
            asked_us = time.monotonic_ns() // 1000
            (reply,) = await link.roundtrip([TIME])
            clock.learn(reply, asked_us, time.monotonic_ns() // 1000)
        await asyncio.sleep(_EVERY_S)
