"""The HTTP application in this process, without a socket."""

import asyncio
from typing import Any, Self

import httpx

from services.web.app import AppSettings, create_app


class AppClient:
    """A client of an application, which runs while it is open.

    Args:
        settings: of the application.
    """

    def __init__(self, settings: AppSettings) -> None:
        app = create_app(settings)
        self._runner = asyncio.Runner()
        self._lifespan = app.router.lifespan_context(app)
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000")

    def __enter__(self) -> Self:
        self._runner.run(self._lifespan.__aenter__())
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._lifespan.__aexit__(None, None, None))
        self._runner.close()

    def request(self, method: str, path: str, **content: Any) -> httpx.Response:
        """The answer to a request; for the arguments see `httpx.AsyncClient.request`."""
        return self._runner.run(self._client.request(method, path, **content))

    def get(self, path: str, **content: Any) -> httpx.Response:
        """The answer to a GET."""
        return self.request("GET", path, **content)

    def post(self, path: str, **content: Any) -> httpx.Response:
        """The answer to a POST."""
        return self.request("POST", path, **content)

    def put(self, path: str, **content: Any) -> httpx.Response:
        """The answer to a PUT."""
        return self.request("PUT", path, **content)
