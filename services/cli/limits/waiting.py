"""Waiting until every service that runs goes by a version."""

import asyncio
import time
from collections.abc import Sequence
from typing import Final

import click

from services.web.state.service_states import ServiceState, StatesReader
from shared.process.usage import Failed
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisUnavailable

_JUDGING: Final = {"ingest", "check"}
_EVERY_S: Final = 0.2


def wait_for_services(url: str, number: int, wait_s: float) -> None:
    """Wait for all of them.

    Args:
        url: of Redis.
        number: the version; a higher one will do.
        wait_s: for how long at most.

    Raises:
        Failed: some still go by an older one, or Redis is out of reach.
    """
    try:
        late = asyncio.run(_wait(url, number, wait_s))
    except RedisUnavailable as error:
        raise Failed(f"version {number} is active, but who goes by it is not known: {error}") from error
    if late:
        raise Failed(f"version {number} is active, but after {wait_s:g} s {', '.join(map(_name, late))}")


async def _wait(url: str, number: int, wait_s: float) -> list[ServiceState]:
    """Those that do not go by it when the time is over."""
    link = open_async_link(url, name="market-spread-limits")
    until = time.monotonic() + wait_s
    try:
        while True:
            states = [each for each in await StatesReader(link).services() if each.role in _JUDGING]
            late = behind(states, number)
            if not late:
                click.echo(f"{len(states)} services go by it" if states else "no service runs on this Redis")
                return []
            if time.monotonic() >= until:
                return late
            await asyncio.sleep(_EVERY_S)
    finally:
        await link.close()


def behind(states: Sequence[ServiceState], number: int) -> list[ServiceState]:
    """The services that go by an older version, or do not say by which."""
    return [each for each in states if each.limits is None or each.limits < number]


def _name(state: ServiceState) -> str:
    goes_by = "does not say by which limits it goes" if state.limits is None else f"goes by {state.limits}"
    return f"{state.role} {state.instance} {goes_by}"
