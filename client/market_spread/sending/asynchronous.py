"""The senders for asyncio: the same thread does the work, and nothing here holds up the loop."""

import asyncio
from functools import partial
from types import TracebackType
from typing import Generic, Self

from market_spread.address import Address
from market_spread.order import Order
from market_spread.quote import Quote
from market_spread.sending.threaded import HEARTBEAT_S, WINDOW, Kind, MessageSender
from market_spread.status import Status


class AsyncMessageSender(Generic[Kind]):
    """`MessageSender` for asyncio, to be used in an `async with`, which connects.

    Args: as `MessageSender`.
    """

    def __init__(
        self,
        address: str | Address,
        *,
        source: str,
        window: int = WINDOW,
        is_patient: bool = False,
        heartbeat_s: float | None = None,
    ) -> None:
        self._make = partial(
            MessageSender[Kind],
            address,
            source=source,
            window=window,
            is_patient=is_patient,
            heartbeat_s=heartbeat_s,
        )
        self._made: MessageSender[Kind] | None = None

    async def __aenter__(self) -> Self:
        self._made = await asyncio.to_thread(self._make)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            await asyncio.to_thread(self._sender.close)
        else:
            await asyncio.to_thread(self._sender.abort)

    @property
    def position(self) -> int:
        """See `MessageSender.position`."""
        return self._sender.position

    @property
    def acknowledged(self) -> int:
        """See `MessageSender.acknowledged`."""
        return self._sender.acknowledged

    async def send(self, message: Kind) -> None:
        """See `MessageSender.send`."""
        while not self._sender.offer(message):
            await asyncio.to_thread(self._sender.wait_for_room)

    async def flush(self, timeout_s: float | None = None) -> None:
        """See `MessageSender.flush`."""
        await asyncio.to_thread(self._sender.flush, timeout_s)

    @property
    def _sender(self) -> MessageSender[Kind]:
        if self._made is None:
            raise RuntimeError("use this sender in an `async with`, which connects it")
        return self._made


class AsyncOrderSender(AsyncMessageSender[Order]):
    """Sends orders to a checker; see `AsyncMessageSender`."""


class AsyncQuoteSender(AsyncMessageSender[Quote | Status]):
    """Sends quotes, statuses and heartbeats to an ingestor; see `AsyncMessageSender`."""

    def __init__(
        self,
        address: str | Address,
        *,
        source: str,
        window: int = WINDOW,
        is_patient: bool = False,
        heartbeat_s: float | None = HEARTBEAT_S,
    ) -> None:
        super().__init__(
            address, source=source, window=window, is_patient=is_patient, heartbeat_s=heartbeat_s
        )
