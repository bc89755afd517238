"""A bound on what a request may bring: bodies are read before it is known who sends them."""

from collections.abc import Collection
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.web.http.problems import problem

MOST: Final = 64 << 10
"""Bytes; an order has some hundred."""


class BoundBodies:
    """Middleware that answers larger bodies with 413.

    Args:
        app: what answers.
        unless: paths whose routes have bounds of their own.
    """

    def __init__(self, app: ASGIApp, unless: Collection[str] = ()) -> None:
        self._app = app
        self._unless = unless

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        is_bounded = scope["type"] == "http" and scope["method"] in {"POST", "PUT"}
        if not is_bounded or scope["path"] in self._unless:
            await self._app(scope, receive, send)
            return
        body, more = bytearray(), True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > MOST:
                headers = {"Connection": "close"}
                await problem(413, f"a body has at most {MOST} bytes", headers=headers)(scope, receive, send)
                return
        await self._app(scope, _Replayed(bytes(body), receive), send)


class _Replayed:
    """What is received: a body that is there already, then what the client does.

    Args:
        body: all of it.
        receive: tells what comes after it.
    """

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
