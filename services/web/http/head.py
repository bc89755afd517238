"""HEAD: what GET would answer, without the body."""

from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

_ENDLESS: Final = "/stream/"
"""Answers that never end have no HEAD."""


def has_head(path: str) -> bool:
    """Whether a path that is answered at all has a HEAD."""
    return not path.startswith(_ENDLESS)


class AnswerHead:
    """Middleware that lets a HEAD be answered as a GET; the server leaves the body out.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        if scope["type"] == "http" and scope["method"] == "HEAD" and has_head(scope["path"]):
            scope = {**scope, "method": "GET"}
        await self._app(scope, receive, send)
