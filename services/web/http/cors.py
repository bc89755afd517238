"""Which pages of other origins may read the answers: those that `--allow-origin` names."""

from collections.abc import Collection
from typing import Final

from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from services.web.http.problems import problem

_METHODS: Final = ("GET", "HEAD")
_REQUEST_HEADERS: Final = ("Authorization", "Last-Event-ID")
_RESPONSE_HEADERS: Final = ("Link", "Retry-After", "WWW-Authenticate")


def allow_origins(app: FastAPI, origins: Collection[str]) -> None:
    """Let pages of these origins read what the app answers; `*` is all.

    Args:
        app: what answers.
        origins: such as `https://desk.example`.
    """
    if origins:
        app.add_middleware(
            _Cors,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_REQUEST_HEADERS,
            expose_headers=_RESPONSE_HEADERS,
        )


class _Cors(CORSMiddleware):
    """Starlette's, but what it refuses is a problem as all errors are."""

    def preflight_response(self, request_headers: Headers) -> Response:
        response = super().preflight_response(request_headers)
        if response.status_code < 400:
            return Response(status_code=204, headers=_without_body(response))
        return problem(response.status_code, bytes(response.body).decode(), headers=_without_body(response))


def _without_body(response: Response) -> dict[str, str]:
    return {
        name: value
        for name, value in response.headers.items()
        if name not in {"content-length", "content-type"}
    }
