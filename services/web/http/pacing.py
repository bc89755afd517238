"""Answers go out in slices as the client takes them, and what it has not taken yet is counted."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.http.backlog import Backlog, Reader

_SLICE: Final = 32 << 10
"""Bytes: what the server buffers for a connection beyond what we count is about this."""
_PATIENCE_S: Final = 30.0
"""A client that does not take a slice for so long is gone for all we know."""


class PaceAnswers:
    """Middleware that sends the bodies of answers in slices, each when there is room for it.

    Args:
        app: what answers.
        backlog: where what waits is counted.
    """

    def __init__(self, app: ASGIApp, backlog: Backlog) -> None:
        self._app = app
        self._backlog = backlog

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        transport = scope.get("state", {}).get("transport")
        if transport is None:  # another server than ours, which cannot cut a connection off
            await self._app(scope, receive, send)
            return
        reader: Reader | None = None

        async def paced(message: Message) -> None:
            nonlocal reader
            if message["type"] != "http.response.body" or _is_small(message):
                await send(message)
                return
            if reader is None:
                reader = Reader(client_of(scope), transport.abort)
            with self._backlog.sending(reader, message["body"]) as moved:
                try:
                    await _send_slices(message, send, moved)
                except TimeoutError:
                    transport.abort()

        await self._app(scope, receive, paced)


def client_of(scope: Scope) -> str:
    """Who asks for what, for the log."""
    peer = "{}:{}".format(*scope["client"]) if scope.get("client") else "unknown"
    return f"{peer} {scope['path'][:100]}"


def _is_small(message: Message) -> bool:
    """Whether this ends an answer, or says nothing, and is not worth counting."""
    body = message.get("body", b"")
    return not body or (not message.get("more_body", False) and len(body) <= _SLICE)


async def _send_slices(message: Message, send: Send, moved: Callable[[], None]) -> None:
    """Send a body in parts, and say after each that the client has taken something.

    Raises:
        TimeoutError: the client took nothing for too long.
    """
    clock = asyncio.get_running_loop().time
    async with asyncio.timeout(_PATIENCE_S) as patience:
        for part in _slices(message):
            await send(part)
            patience.reschedule(clock() + _PATIENCE_S)
            moved()


def _slices(message: Message) -> Iterator[Message]:
    """A body in parts, of which the last one ends it if the whole did."""
    body, more_body = message["body"], message.get("more_body", False)
    view = memoryview(body)
    for first in range(0, len(body), _SLICE):
        is_last = first + _SLICE >= len(body)
        part = bytes(view[first : first + _SLICE])
        yield {"type": message["type"], "body": part, "more_body": more_body or not is_last}
