"""The examples of docs/subscribing.md, run as they stand there."""

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.support.market_state import put_alerts
from tests.support.processes import ROOT, Process, Processes

PAGE = ROOT / "docs" / "subscribing.md"
BLOCKS = re.findall(r"^```(sh|python)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
WITHIN_S = 15


@pytest.fixture(scope="module")
def api(redis_server: Server) -> Iterator[Process]:
    """An API on the shared server."""
    with Processes() as started:
        yield started.api(redis_server.url)


def words_of(language: str, example: str) -> list[str]:
    """How an example is run; the test skips where its program is not installed."""
    if language == "python":
        return [sys.executable, "-c", example]
    program = example.split(maxsplit=1)[0]
    if program == "market-spread":
        return ["sh", "-c", f"exec {sys.executable} -m services.cli {example.partition(' ')[2]}"]
    if shutil.which(program) is None:
        pytest.skip(f"{'redis' if program == 'redis-cli' else program}: it is not installed")
    return ["sh", "-c", f"exec {example}"]


@pytest.mark.parametrize(("language", "example"), BLOCKS)
def test_example(api: Process, redis_client: Redis, redis_url: str, language: str, example: str) -> None:
    """An example of the page prints the ID of an alert that came before or while it ran."""
    example = example.replace("127.0.0.1:8000", "{}:{}".format(*api.address()))
    example = example.replace("redis://127.0.0.1:6379/0", redis_url)
    ids = put_alerts(redis_client, 3)
    with subprocess.Popen(
        words_of(language, example), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as running:
        try:
            assert prints_one_of(running, redis_client, ids)
        finally:
            running.send_signal(signal.SIGKILL)


def prints_one_of(running: subprocess.Popen[bytes], redis: Redis, ids: list[str]) -> bool:
    """Whether it prints an alert's ID, while alerts go on coming."""
    assert running.stdout is not None
    printed = b""
    deadline = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline:
        if select.select([running.stdout], [], [], 0.1)[0]:
            data = os.read(running.stdout.fileno(), 1 << 16)
            printed += data
            if any(entry_id.encode() in printed for entry_id in ids):
                return True
            if not data:
                break
        ids += put_alerts(redis, 1)
    raise AssertionError(f"no alert in {printed.decode()!r}")


def test_all_examples_are_found() -> None:
    """The page has the examples that this test is about."""
    assert [language for language, _ in BLOCKS].count("sh") >= 7
    assert [language for language, _ in BLOCKS].count("python") == 2
    assert isinstance(PAGE, Path)
