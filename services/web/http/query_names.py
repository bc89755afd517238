"""Query parameters that a route does not know are refused: to ignore them would make its answer wrong."""

from collections import Counter
from typing import Any, Final
from urllib.parse import parse_qsl

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as Dependency

_SHOWN: Final = 48
"""Characters of a name that an error shows."""


async def _refuse_unknown(request: Request) -> None:
    query: bytes = request.scope["query_string"]
    if not query:
        return
    known = _known(request)
    given = Counter(name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    errors = [error for name, times in given.items() if (error := _error(name, times, known)) is not None]
    if errors:
        raise RequestValidationError(errors)


REFUSE_UNKNOWN: Final[Dependency] = Depends(_refuse_unknown)
"""A dependency of the routes that take only the query parameters that their OpenAPI description has."""


def _error(name: str, times: int, known: dict[str, bool]) -> dict[str, Any] | None:
    """What is wrong with a parameter.

    Args:
        name: of it.
        times: how often it is given.
        known: those that there are, and whether they may be repeated.
    """
    shown = name[:_SHOWN]
    if name not in known:
        names = ", ".join(known) if known else "none"
        return {"loc": ("query", shown), "msg": f"unknown parameter; known are: {names}", "type": "unknown"}
    if times > 1 and not known[name]:
        return {"loc": ("query", shown), "msg": "given more than once", "type": "repeated"}
    return None


def _known(request: Request) -> dict[str, bool]:
    """The query parameters of the route that answers, and whether they may be repeated."""
    all_known: dict[tuple[str, str], dict[str, bool]] | None = getattr(request.app.state, "query_names", None)
    if all_known is None:
        all_known = request.app.state.query_names = _described(request.app.openapi())
    return all_known[request.scope["route"].path_format, request.method.lower()]


def _described(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, bool]]:
    """The query parameters of each path and method of an OpenAPI document."""
    return {
        (path, method): {
            each["name"]: each["schema"].get("type") == "array"
            for each in described.get("parameters", ())
            if each["in"] == "query"
        }
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    }
