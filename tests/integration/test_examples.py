"""The programs in examples/, run as they stand there."""

import gzip
import os
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from tests.support import fix
from tests.support.market import quote_of
from tests.support.market_state import put_alerts
from tests.support.order_streams import checker
from tests.support.processes import ROOT, Processes, wait_until
from tests.support.quote_streams import ingestor
from tests.support.servers import data_file, one_server

pytestmark = pytest.mark.slow


EXAMPLES = ROOT / "examples"
UPDATES = 24_077
"""Best bids and offers of the recorded day."""


def run(*words: object, url: str, stdin: str = "") -> str:
    """What a program prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        list(map(str, words)), input=stdin, capture_output=True, text=True, check=True,
        env={**os.environ, "REDIS_URL": url, "PATH": path},
    ).stdout  # fmt: skip


def python(example: str, *words: object, url: str, stdin: str = "") -> str:
    """What a program in Python prints."""
    return run(sys.executable, EXAMPLES / example, *words, url=url, stdin=stdin)


@one_server
def test_a_recorded_websocket(processes: Processes, redis_url: str, redis_client: Redis) -> None:
    """The real day at full speed: all its 24,077 best bids and offers, and the hash ends at the last."""
    day = data_file("hft-ethusdt-spot-20240808.gz")
    ingestor(processes, redis_url, "quotes", words=("--keep-quotes",))
    said = python("crypto_websocket.py", day, "--redis", redis_url, url=redis_url)
    assert said == f"{UPDATES:,} quotes are in the stream\n"
    with gzip.open(day, "rt") as lines:
        *_, last = (line for line in lines if "@bookTicker" in line)
    bid, offer = (last.partition(f'"{side}":"')[2].partition('"')[0] for side in "ba")
    wait_until(lambda: quote_of(redis_client, "ETHUSDT").get("bid") == repr(float(bid)), "the last quote")
    assert quote_of(redis_client, "ETHUSDT")["offer"] == repr(float(offer))
    assert redis_client.xlen("quotes") == UPDATES


@pytest.mark.slow
@one_server
def test_a_recorded_websocket_at_its_pace(redis_url: str, redis_client: Redis, tmp_path: Path) -> None:
    """Six seconds of the day, three times as fast: two seconds between the first entry and the last."""
    piece = tmp_path / "piece.gz"
    with gzip.open(data_file("hft-ethusdt-spot-20240808.gz"), "rt") as lines, gzip.open(piece, "wt") as some:
        first, *others = islice(lines, 2000)
        end = int(first.split()[0]) + 6 * 10**9
        some.writelines([first, *(line for line in others if int(line.split()[0]) < end)])
    python("crypto_websocket.py", piece, "--redis", redis_url, "--pace", 3, url=redis_url)
    entries: Any = redis_client.xrange("quotes")
    ids = [int(entry.partition(b"-")[0]) for entry, _ in entries]
    assert 1.5 < (ids[-1] - ids[0]) / 1000 < 4


@one_server
def test_a_fix_log_to_alerts(
    processes: Processes, redis_url: str, redis_client: Redis, tmp_path: Path
) -> None:
    """A log with quotes and orders: the order on the wide symbol alerts, and the others do not."""
    ingestor(processes, redis_url, "quotes")
    checker(processes, redis_url, "orders")
    messages = [
        fix.market_data("55=BTU|132=10|133=10.01|60=20260105-14:00:00", kind="S"),
        fix.market_data("55=GE|132=10|133=10.05|60=20260105-14:00:00", kind="S"),
        *(
            fix.order(f"11={symbol}-1|1=DESK|55={symbol}|54=1|38=5|40=2|44=10|60=20260105-14:00:01")
            for symbol in ("BTU", "GE")
        ),
    ]
    log = tmp_path / "yesterday.log"
    log.write_bytes(b"".join(message.replace(b"\x01", b"|") + b"\n" for message in messages))
    said = run(EXAMPLES / "fix-log-to-alerts", log, url=redis_url)
    assert "yesterday.log: 2 orders (35=D 2)" in said
    assert "2 quotes and 2 orders have taken effect" in said
    assert [line for line in said.splitlines() if "\tDESK\t" in line] == [
        line for line in said.splitlines() if "GE-1" in line
    ]
    assert redis_client.xlen("alerts") == 1


@one_server
def test_alerts_by_symbol(redis_url: str, redis_client: Redis) -> None:
    """The CSV of all alerts, counted by symbol and reason."""
    put_alerts(redis_client, 5)
    text = run("market-spread", "alerts", "--from", "0", "--format", "csv", url=redis_url)
    (line,) = python("alerts_by_symbol.py", url=redis_url, stdin=text).splitlines()
    assert line.split()[-1] == "5"


@pytest.mark.parametrize("name", ["crypto_websocket.py", "alerts_by_symbol.py", "fix-log-to-alerts"])
def test_examples_are_short(name: str) -> None:
    """Each shows one thing in some 40 lines of code."""
    text = (EXAMPLES / name).read_text().rpartition('"""\n\nimport')[2]
    assert sum(map(bool, text.splitlines())) <= 50
