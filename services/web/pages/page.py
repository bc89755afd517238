"""`/` and `/static`: the live page, plain files that need no build and nothing from elsewhere."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_FILES: Final = Path(__file__).parent.with_name("static")
STATIC: Final = "/static"
"""Below this path are the page's files."""
_POLICY: Final = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


def add_page(app: FastAPI) -> None:
    """Serve the live page."""

    @app.get("/", include_in_schema=False)
    async def page() -> FileResponse:
        return FileResponse(_FILES / "index.html", headers={"Content-Security-Policy": _POLICY, **_CHECKED})

    app.mount(STATIC, _Checked(directory=_FILES), name="static")


_CHECKED: Final = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
"""Browsers ask whether a file has changed, so that the modules of two versions never meet."""


class _Checked(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET"})
        response = await super().get_response(path, scope)
        MutableHeaders(raw=response.raw_headers).update(_CHECKED)
        return response
