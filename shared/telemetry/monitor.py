"""The port that tells how a service is: `/metrics`, `/health/live`, `/health/ready`."""

import json
import logging
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

from prometheus_client import CONTENT_TYPE_LATEST

from shared.base.address import Address

logger = logging.getLogger(__name__)

_TIMEOUT_S: Final = 5.0
_CLOSES_WITHIN_S: Final = 0.05
_JSON: Final = "application/json"


class Monitor:
    """An HTTP server in a thread of its own.

    Args:
        address: where to listen; port 0 picks a free one.
        render_metrics: the text of `/metrics`.
        find_faults: what keeps the service from being ready, by part; empty when it is.
        find_warnings: what an operator has to know all the same.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        address: Address,
        render_metrics: Callable[[], bytes],
        find_faults: Callable[[], dict[str, str]],
        find_warnings: Callable[[], list[str]] = list,
    ) -> None:
        def answer(path: str) -> tuple[int, str, bytes]:
            if path == "/metrics":
                return 200, CONTENT_TYPE_LATEST, render_metrics()
            if path == "/health/live":
                return 200, _JSON, b'{"status": "ok"}'
            if path == "/health/ready":
                return _readiness(find_faults(), find_warnings())
            return 404, _JSON, b'{"detail": "try /metrics, /health/live or /health/ready"}'

        class Handler(BaseHTTPRequestHandler):
            timeout = _TIMEOUT_S

            def do_HEAD(self) -> None:
                self._answer()

            def do_GET(self) -> None:
                self.wfile.write(self._answer())

            def _answer(self) -> bytes:
                status, kind, body = answer(self.path.split("?", 1)[0])
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                return body

            def log_message(self, *_: object) -> None:
                """Health probes are not worth a line each."""

        kind = _Server6 if ":" in address.host else _Server
        self._server = kind((address.host, address.port), Handler)
        self.address = address._replace(port=self._server.server_address[1])
        """Where it listens, with the port that was picked."""
        Thread(
            target=self._server.serve_forever, args=(_CLOSES_WITHIN_S,), name="monitor", daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002
        """Say in a line what went wrong; that a client goes before it has its answer is not worth one."""
        error = sys.exception()
        if not isinstance(error, OSError):
            logger.error("a request of %s failed: %r", client_address, error)


class _Server6(_Server):
    address_family = Address("::", 0).family


def _readiness(faults: dict[str, str], warnings: list[str]) -> tuple[int, str, bytes]:
    body = {"status": "failing" if faults else "ok", "failing": faults, "warnings": warnings}
    return (503 if faults else 200), _JSON, json.dumps(body).encode()
