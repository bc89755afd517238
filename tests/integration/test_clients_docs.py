"""The examples of docs/clients.md, run as they stand there, beside packages that are called like ours."""

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.support.market import Market, entries_after, quote_of
from tests.support.market_state import put_alerts
from tests.support.order_streams import checker
from tests.support.processes import ROOT, Processes, wait_until

PAGE = (ROOT / "docs" / "clients.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ADDING = [each for each in EXAMPLES if ".entry()" in each]
READING = [each for each in EXAMPLES if "redis://" in each and each not in ADDING]
SENDING = [each for each in EXAMPLES if "Sender" in each]
WITHIN_S = 15


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program's folder, which has its own `services` and `shared`."""
    for name in ("services", "shared"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise ImportError('this is not what was meant')\n")
    return tmp_path


@pytest.fixture
def market(processes: Processes, redis_url: str) -> Market:
    """Both services."""
    return Market(processes, redis_url)


def program(folder: Path, example: str) -> list[str]:
    """How a program of that folder is run."""
    (folder / "program.py").write_text(example)
    return [sys.executable, "program.py"]


@pytest.mark.parametrize("example", READING, ids=["subscribe", "share"])
def test_reading(folder: Path, redis_url: str, redis_client: Redis, example: str) -> None:
    """It prints an alert that came before or while it ran."""
    example = example.replace("redis://127.0.0.1:6379/0", redis_url)
    ids = put_alerts(redis_client, 3)
    words = program(folder, example)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, env=environment) as running:
        try:
            assert any(line.split()[0].decode() in ids for line in lines(running, redis_client, ids))
        finally:
            running.kill()


def lines(running: subprocess.Popen[bytes], redis: Redis, ids: list[str]) -> Iterator[bytes]:
    """What it prints, while alerts go on coming."""
    assert running.stdout is not None
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if select.select([running.stdout], [], [], 0.1)[0]:
            line = running.stdout.readline()
            if not line:
                return
            yield line
        ids += put_alerts(redis, 1)


@pytest.mark.parametrize(
    ("example", "said"),
    list(zip(SENDING, ["100 orders", "1 orders", "1 quotes", "3 statuses"], strict=True)),
)
@pytest.mark.slow
def test_sending(folder: Path, market: Market, redis_client: Redis, example: str, said: str) -> None:
    """It says that all has taken effect, and so it has."""
    example = example.replace("127.0.0.1:7010", "{}:{}".format(*market.orders))
    example = example.replace("127.0.0.1:7011", "{}:{}".format(*market.quotes))
    printed = subprocess.run(program(folder, example), cwd=folder, capture_output=True, text=True, check=True)
    assert printed.stdout == f"{said} have taken effect\n"
    if "statuses" in said:
        assert [quote_of(redis_client, name).get("status") for name in ("BTU", "GLD")] == ["0", None]
    elif "quotes" in said:
        assert quote_of(redis_client, "BTU")["offer"] == "10.05"
    else:
        assert redis_client.xlen("alerts") == int(said.split(maxsplit=1)[0])


def test_an_order_that_no_frame_holds(
    folder: Path, processes: Processes, redis_client: Redis, redis_url: str
) -> None:
    """It is added to the stream, checked, and alerts with all that it has."""
    (example,) = ADDING
    subprocess.run(
        program(folder, example.replace("redis://127.0.0.1:6379/0", redis_url)), cwd=folder, check=True
    )
    checker(processes, redis_url, "orders")
    wait_until(lambda: redis_client.xlen("alerts") == 1, "the order alerts")

    (alert,) = entries_after(redis_client)
    assert [alert[name] for name in ("side", "symbol", "quantity", "price", "order_id", "account")] == [
        "sell_short", "AAPL  251219C00200000", "3.0", "", "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "DESK-7/ALGO 2",
    ]  # fmt: skip


@pytest.mark.slow
def test_coming_back(folder: Path, market: Market, redis_client: Redis) -> None:
    """The first sender's example is run twice: the second time everything has taken effect already."""
    words = program(folder, SENDING[0].replace("127.0.0.1:7010", "{}:{}".format(*market.orders)))
    for _ in range(2):
        printed = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
        assert printed.stdout == "100 orders have taken effect\n"
    assert redis_client.xlen("alerts") == 100


def test_all_examples_are_short() -> None:
    """Each shows one thing in some ten lines."""
    assert len(READING) == 2
    assert len(SENDING) == 4
    assert len(ADDING) == 1
    assert all(sum(map(bool, each.splitlines())) <= 10 for each in EXAMPLES)
