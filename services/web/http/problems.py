"""Errors as `application/problem+json` (RFC 9457), all of them."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from redis.exceptions import ResponseError
from starlette.exceptions import HTTPException
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.orders.alerts.history import NoSuchAlert
from services.web.http.head import has_head
from shared.base.rate_limit import Allowance
from shared.market.limits.file.mistakes import WrongLimits
from shared.published.changing import Overtaken
from shared.published.content import DamagedVersion, MissingVersion
from shared.redis.aio.gate import Overloaded
from shared.redis.link import RedisRefused, RedisUnavailable

logger = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
_SHOWN: Final = 100
"""Characters of a path that are logged."""
_METHODS: Final = ("GET", "POST", "PUT")
"""Those that any route has."""
_MOST_ERRORS: Final = 20
_LONGEST_DETAIL: Final = 2000
_SCHEMA: Final = {"$ref": "#/components/schemas/Problem"}


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(default="about:blank", description="Always `about:blank`: the status says it all.")
    title: str = Field(description="The status in words.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str | None = Field(default=None, description="What went wrong this time.")
    errors: list[dict[str, Any]] | None = Field(
        default=None, description="For 422: each bad parameter with `loc`, `msg` and `type`."
    )
    trimmed: bool | None = Field(
        default=None,
        description="For 404 of /alerts/{alert_id}: whether the stream has lost its older alerts, of which "
        "this may have been one; otherwise there never was such an alert.",
    )
    failing: dict[str, str] | None = Field(
        default=None, description="For 503 of /health/ready: each failing part, and how it fails."
    )


class ProblemResponse(JSONResponse):
    """JSON of a `Problem`."""

    media_type = MEDIA_TYPE


def problem(
    status: int, detail: str | None = None, *, headers: Mapping[str, str] | None = None, **more: Any
) -> ProblemResponse:
    """An error as a response.

    Args:
        status: HTTP status.
        detail: what went wrong this time.
        headers: to be sent along.
        more: further members of `Problem`.
    """
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, **more)
    return ProblemResponse(body.model_dump(exclude_none=True), status, headers)


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What the OpenAPI document says of a route's errors."""
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": _SCHEMA}}}
        for status in statuses
    }


def add_problems(app: FastAPI) -> None:
    """Answer every error of an app with a problem."""
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    refuse = _redis_away(Allowance(burst=5, per_second=1))
    app.add_exception_handler(RedisUnavailable, refuse)
    app.add_exception_handler(ResponseError, refuse)
    app.add_exception_handler(Overloaded, _overloaded)
    app.add_exception_handler(NoSuchAlert, _no_such_alert)
    app.add_exception_handler(DamagedVersion, _damaged)
    app.add_exception_handler(WrongLimits, _wrong_limits)
    app.add_exception_handler(Overtaken, _overtaken)
    app.add_middleware(CatchFailures)


class CatchFailures:
    """Middleware that answers what nobody expected with a bare 500, and keeps the connection.

    Starlette's own would raise it again for the server, which then closes the connection under the client.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See `starlette.types.ASGIApp`."""
        has_started = False

        async def watch(message: Message) -> None:
            nonlocal has_started
            has_started = True
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception:
            if has_started or scope["type"] != "http":
                raise
            logger.exception("cannot answer %s %s", scope["method"], scope["path"][:_SHOWN])
            await problem(500)(scope, receive, send)


def malformed() -> ProblemResponse:
    """The answer to what is no HTTP request."""
    return problem(
        400,
        "this is no valid HTTP request: write characters other than printable ASCII in a URL as %XX, and "
        "keep its first lines below 64 kB",
        headers={"Connection": "close"},
    )


async def _refused(request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    return problem(error.status_code, error.detail, headers=headers)


def _allowed(request: Request) -> str:
    """The methods of a path: HEAD is answered wherever GET is, but not by what never ends."""
    methods = [each for each in _METHODS if _is_answered(request, each)] or ["GET"]  # of a mounted file
    if "GET" in methods and has_head(request.url.path):
        methods.insert(1, "HEAD")
    return ", ".join(methods)


def _is_answered(request: Request, method: str) -> bool:
    scope = {**request.scope, "method": method}
    routes = (each for each in request.app.routes if not isinstance(each, Mount))
    return any(each.matches(scope)[0] is Match.FULL for each in routes)


async def _invalid(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)
    errors = [{name: each[name] for name in ("loc", "msg", "type")} for each in error.errors()]
    said = "; ".join(f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in errors)
    return problem(422, said[:_LONGEST_DETAIL], errors=errors[:_MOST_ERRORS])


async def _overloaded(_: Request, error: Exception) -> ProblemResponse:
    detail = f"{error}; Redis is fine, ask again in a second"
    return problem(429, detail, headers={"Retry-After": "1"})


async def _no_such_alert(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, NoSuchAlert)
    return problem(404, str(error), trimmed=error.was_trimmed)


async def _damaged(_: Request, error: Exception) -> ProblemResponse:
    return problem(404 if isinstance(error, MissingVersion) else 503, str(error))


async def _wrong_limits(_: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, WrongLimits)
    errors = [{"loc": [each.path], "msg": each.text, "type": "limits"} for each in error.mistakes]
    return problem(422, str(error)[:_LONGEST_DETAIL], errors=errors)


async def _overtaken(_: Request, error: Exception) -> ProblemResponse:
    return problem(409, f"something else is there than was expected: {error}; nothing was changed")


def _redis_away(complaints: Allowance) -> Callable[[Request, Exception], Awaitable[ProblemResponse]]:
    async def refuse(_: Request, error: Exception) -> ProblemResponse:
        is_away = isinstance(error, RedisUnavailable) and not isinstance(error, RedisRefused)
        lead = "Redis is out of reach" if is_away else "Redis refuses"
        if complaints.take(1):
            logger.warning("%s: %s", lead, error)
        return problem(503, f"{lead}: {error}", headers={"Retry-After": "1"})

    return refuse
