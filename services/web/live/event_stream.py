"""The response that is a stream of server-sent events."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.web.http.backlog import Backlog
from services.web.http.pacing import client_of
from services.web.live import sse
from services.web.live.fanout import Client
from services.web.live.publisher import Feed

Opening = Callable[[Client], AsyncIterator[bytes]]
"""What a client gets first; adds it to the channels that it then gets more from."""


class Streams:
    """All open streams of the process.

    Args:
        backlog: where what waits for them is counted.
    """

    def __init__(self, backlog: Backlog) -> None:
        self.backlog = backlog
        self._clients: set[Client] = set()
        self._all_gone = asyncio.Event()
        self._is_closing = False

    def __len__(self) -> int:
        return len(self._clients)

    def add(self, client: Client) -> None:
        """A stream begins."""
        self._clients.add(client)
        self._all_gone.clear()
        if self._is_closing:
            client.end()

    def discard(self, client: Client) -> None:
        """A stream has ended."""
        self._clients.discard(client)
        if not self._clients:
            self._all_gone.set()

    async def close(self, patience_s: float) -> None:
        """Let all streams end, and cut off those that take longer."""
        self._is_closing = True
        for client in self._clients:
            client.end()
        if self._clients:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._all_gone.wait(), patience_s)
        for client in self._clients:
            client.abort()


class EventStream(Response):
    """A stream that lasts until the client or the server ends it.

    Args:
        request: what it answers.
        streams: where it is listed.
        feeds: what publishes to it; they run at least as long.
        opening: what comes first.
    """

    media_type = sse.MEDIA_TYPE

    def __init__(
        self,
        request: Request,
        streams: Streams,
        feeds: Sequence[Feed],
        opening: Opening,
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._client = Client(client_of(request.scope), request.state.transport.abort, streams.backlog)
        self._streams, self._feeds, self._opening = streams, feeds, opening

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._streams.add(self._client)
        pumping = asyncio.create_task(self._pump(send))
        leaving = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait({pumping, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._streams.discard(self._client)
            leaving.cancel()
            if not pumping.done():
                pumping.cancel()
            await asyncio.wait({pumping, leaving})
            self._client.clear()
        if not pumping.cancelled():
            pumping.result()

    async def _pump(self, send: Send) -> None:
        async with AsyncExitStack() as running:
            for feed in self._feeds:
                await running.enter_async_context(feed.running(self._client))
            await send(_body(sse.RETRY))
            async for chunk in self._opening(self._client):
                await send(_body(chunk))
                del chunk  # not to be kept while the next one is waited for
            while (queued := await self._client.get()) is not None:
                await send(_body(queued))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _body(chunk: bytes) -> dict[str, Any]:
    return {"type": "http.response.body", "body": chunk, "more_body": True}
