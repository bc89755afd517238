"""Alerts shared out among several readers, each alert to one of them, at least once."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

from redis.exceptions import ResponseError

from market_spread.alert import ALERTS, Alert
from market_spread.asking.connecting import BLOCK_S, Client, client_of
from market_spread.asking.outage import Outage
from market_spread.entries import Entry, alerts_of, entries_of

_AT_ONCE: Final = 100
_ABANDONED_MS: Final = 60_000


async def share(
    redis: str | Client, *, group: str, consumer: str, stream: str = ALERTS
) -> AsyncGenerator[Alert, None]:
    """The alerts that fall to one reader of a consumer group, for ever.

    An alert counts as done when the next one is asked for. What a reader had not done when it died comes
    again: to the reader that comes back under its name, or after a minute to another one. So an alert may
    come twice, and the alerts of the group are in no order. A new group begins with the alerts to come.

    Args:
        redis: a URL or a client, as `subscribe` takes them.
        group: who share the alerts.
        consumer: this reader; no two at a time may have the same name.
        stream: the stream of alerts.

    Raises:
        ValueError: the URL is none.
        AuthenticationError: Redis does not let us in.
        NoPermissionError: this user may not read the stream in a group.
    """
    async with client_of(redis) as client:
        members, outage = _Group(client, stream, group, consumer), Outage()
        while True:
            for entry in await outage.wait_for(members.read):
                for alert in alerts_of([entry]):
                    yield alert
                await outage.wait_for(lambda done=entry[0]: members.done(done))  # type: ignore[misc]


class _Group:
    """A consumer group, as one of its readers sees it."""

    def __init__(self, client: Client, stream: str, group: str, consumer: str) -> None:
        self._client = client
        self._stream, self._group, self._consumer = stream, group, consumer
        self._has_own = True
        """Whether there may be alerts that fell to this reader before it died."""

    async def read(self) -> list[Entry]:
        """The next alerts: what was left from an earlier life, then what others left, then new ones."""
        if self._has_own:
            own = entries_of(await self._ask(lambda: self._read("0")))
            self._has_own = bool(own)
            return own
        return await self._claim() or entries_of(await self._ask(lambda: self._read(">", BLOCK_S)))

    async def done(self, entry_id: bytes | str) -> None:
        """An alert needs not come again."""
        await self._ask(lambda: self._client.xack(self._stream, self._group, entry_id))

    def _read(self, begin: str, block_s: float | None = None) -> Awaitable[Any]:
        block = None if block_s is None else int(block_s * 1000)
        return self._client.xreadgroup(self._group, self._consumer, {self._stream: begin}, _AT_ONCE, block)

    async def _claim(self) -> list[Entry]:
        """What fell to readers that have not done it for a minute."""
        claimed = await self._ask(
            lambda: self._client.xautoclaim(
                self._stream, self._group, self._consumer, _ABANDONED_MS, count=_AT_ONCE
            )
        )
        return [(entry_id, fields) for entry_id, fields in claimed[1] if fields]

    async def _ask(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """Ask Redis; make the group if it is not there, or not there any more."""
        try:
            return await ask()
        except ResponseError as error:
            if not str(error).startswith("NOGROUP"):
                raise
        await self._make()
        return await ask()

    async def _make(self) -> None:
        try:
            await self._client.xgroup_create(self._stream, self._group, "$", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith("BUSYGROUP"):  # another reader was faster
                raise
