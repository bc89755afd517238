"""Reads versions of the limits for requests; the active one is kept as long as its pointer stays."""

from shared.published.asking import ask_async
from shared.published.content import DamagedVersion, Published, from_content
from shared.published.impact import read_active
from shared.published.log_entry import LogEntry
from shared.published.pointer import Pointer
from shared.published.reading import LimitsState, get_version, read_log, read_state, read_version
from shared.redis.aio.link import AsyncLink


class VersionReader:
    """Reads versions.

    Args:
        link: to Redis.
    """

    def __init__(self, link: AsyncLink) -> None:
        self._link = link
        self._active: Published | None = None

    async def state(self) -> LimitsState:
        """The pointers, and the end of the log.

        Raises:
            RedisUnavailable: no answer.
        """
        return await ask_async(self._link, read_state())

    async def active(self) -> Published | None:
        """The active version; None for version 0.

        Raises:
            DamagedVersion: pointer or version are damaged.
            RedisUnavailable: no answer.
        """
        state = await self.state()
        known = self._active
        if known is None or str(known.pointer).encode() != state.raw_active:
            known = self._active = await ask_async(self._link, read_active(state))
        return known

    async def version(self, number: int) -> Published:
        """A published version.

        Raises:
            DamagedVersion: it is missing or damaged.
            RedisUnavailable: no answer.
        """
        return await ask_async(self._link, read_version(number))

    async def log(self, count: int, before: str | None) -> list[LogEntry]:
        """The newest entries of the log, newest first; for the arguments see `read_log`.

        Raises:
            RedisUnavailable: no answer.
        """
        return await ask_async(self._link, read_log(count, before))

    async def damage_of(self, pointer: Pointer) -> str:
        """What is wrong with the version that a pointer names; empty if nothing is.

        Raises:
            RedisUnavailable: no answer.
        """
        (reply,) = await self._link.roundtrip([get_version(pointer.number)])
        try:
            from_content(*pointer, reply)
        except DamagedVersion as error:
            return str(error)
        return ""
