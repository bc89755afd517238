"""Whether the service of this container is ready: exit code 0, or 1 and what it says of itself."""

import http.client
import sys
from typing import Final

_PORTS: Final = (9100, 8000)
"""Metrics, and the API, which has none."""
_TIMEOUT_S: Final = 2.0


def main() -> None:
    """Ask the first port that somebody listens on."""
    for port in _PORTS:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        try:
            connection.connect()
        except ConnectionRefusedError:
            continue
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        print(answer.read().decode())
        sys.exit(answer.status != http.client.OK)
    sys.exit("nobody listens")


if __name__ == "__main__":
    main()
