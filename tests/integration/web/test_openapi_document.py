"""The API keeps to its own OpenAPI document, whatever it is asked."""

import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from tests.support import frames
from tests.support.market import Market
from tests.support.processes import Processes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

EXAMPLES = 60


def test_no_request_breaks_the_api(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """Schemathesis finds no 5xx and no answer that the OpenAPI document does not describe."""
    market = Market(processes, redis_url)
    market.send_quotes(*(frames.quote(b"S%03d" % number, 10.0, 10.06) for number in range(50)))
    market.send_orders(*(frames.order(b"S%03d" % number, account=number) for number in range(60)))
    assert redis_client.xlen("alerts") == 60
    host, port = processes.api(redis_url).address()

    run = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), "run", f"http://{host}:{port}/openapi.json",
            "--exclude-path-regex", "^/stream/", "--max-examples", str(EXAMPLES), "--seed", "1",
            "--request-timeout", "5", "--generation-database", "none", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-6000:] + run.stderr[-2000:]
