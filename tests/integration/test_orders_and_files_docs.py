"""docs/orders-and-files.md: each command, run as it stands there, prints what the page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from redis import Redis

from tests.support.order_streams import checker
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.quote_streams import ingestor
from tests.support.servers import one_server

pytestmark = pytest.mark.slow


PAGE = (ROOT / "docs" / "orders-and-files.md").read_text()
BLOCKS = re.findall(r"^```(sh|text)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SERVICES = (
    "market-spread ingest --listen none --stream quotes\nmarket-spread check --listen none --stream orders\n"
)


def run(script: str, folder: Path, url: str) -> str:
    """What a block of commands says."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "-eu"], input=script, cwd=folder, capture_output=True, text=True, check=True,
        env={**os.environ, "REDIS_URL": url, "PATH": path},
    )  # fmt: skip
    return done.stdout + done.stderr


@one_server
def test_the_page(processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path) -> None:
    """From the first command to the last, with the services that the page starts."""
    assert BLOCKS[0] == ("sh", SERVICES)
    ingestor(processes, redis_url, "quotes")
    checker(processes, redis_url, "orders")
    said = ""
    for kind, block in BLOCKS[1:]:
        if kind == "sh":
            said = run(block, tmp_path, redis_url)
        else:
            assert all(line in said for line in block.splitlines()), said
    wait_until(lambda: redis_client.xlen("alerts") == 3, "the order of the CSV has alerted, too")
