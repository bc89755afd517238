"""Which services run on a Redis, and whether they are well."""

import asyncio
from collections.abc import Iterator, Sequence

from services.cli.doctor.finding import Finding
from services.web.state.service_states import ServiceState, StatesReader
from shared.base.version import VERSION
from shared.redis.aio.url import open_async_link
from shared.redis.link import RedisRefused


def examine_running(url: str) -> list[Finding]:
    """Say which services have been seen in the last seconds.

    Raises:
        RedisUnavailable: no answer.
    """
    try:
        return [*judge_running(asyncio.run(_states(url)))]
    except RedisRefused:
        return [Finding("note", "services", "this user may not look; the users api and admin may")]


def judge_running(states: Sequence[ServiceState]) -> Iterator[Finding]:
    """Judge the running services."""
    if not states:
        yield Finding("note", "services", "none runs on this Redis")
    for state in states:
        text = f"{state.role} {state.version} on {state.host}, process {state.pid}: {state.state}"
        if state.version != VERSION:
            yield Finding(
                "note", "services", f"{text}; this is {VERSION}: docs/upgrade.md says what goes together"
            )
        elif state.state not in {"running", "stopping"}:
            yield Finding("note", "services", f"{text}; its log says why")
        else:
            yield Finding("ok", "services", text)


async def _states(url: str) -> list[ServiceState]:
    link = open_async_link(url, name="market-spread-doctor")
    try:
        return await StatesReader(link).services()
    finally:
        await link.close()
