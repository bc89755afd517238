"""`market-spread alerts --follow --to-dir`: every alert in a file of its day, once, whoever dies."""

import json
import random
import resource
import subprocess
import sys
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from redis import Redis

from tests.support.commands import end_of, run, start
from tests.support.market_state import alert_fields, put_alerts
from tests.support.processes import ROOT, TIMEOUT_S, Process, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server, one_server

pytestmark = pytest.mark.slow


def archive(processes: Processes, url: str, folder: Path, *words: object) -> Process:
    """An archiver that runs."""
    return start(processes, "alerts", "--follow", "--to-dir", folder, "--redis", url, *words)


def ids_in(folder: Path) -> list[str]:
    """The IDs of all whole lines, in the order of the days."""
    texts = [each.read_text() for each in sorted(folder.glob("alerts-*.*"))]
    lines = [line for text in texts for line in text[: text.rfind("\n") + 1].splitlines()]
    found = [json.loads(line)["id"] if line.startswith("{") else line.partition(",")[0] for line in lines]
    return [each for each in found if each != "id"]


def has(folder: Path, alerts: int) -> bool:
    """Whether so many alerts are in the files."""
    lines = sum(each.read_bytes().count(b"\n") for each in folder.glob("alerts-*.*"))
    return lines - len([*folder.glob("alerts-*.csv")]) >= alerts


@one_server
@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_killed_at_any_moment_it_goes_on(
    processes: Processes, redis_client: Redis, redis_url: str, tmp_path: Path, form: str
) -> None:
    """Killed while it writes, again and again: each alert once and in order, and no gap."""
    ids: list[str] = []
    chance = random.Random(5)
    for _ in range(5):
        ids += put_alerts(redis_client, 3000)
        begun = len(ids_in(tmp_path))
        process = archive(processes, redis_url, tmp_path, "--format", form)
        wait_until(partial(has, tmp_path, begun + chance.randrange(1, 2000)), "some alerts")
        process.kill()

    process = archive(processes, redis_url, tmp_path, "--format", form)
    wait_until(partial(has, tmp_path, len(ids)), "all alerts")
    process.terminate()

    assert (end_of(process).code, ids_in(tmp_path)) == (0, ids)
    assert (tmp_path / "gaps.ndjson").read_text() == ""


@one_server
def test_a_day_ends(processes: Processes, redis_client: Redis, redis_url: str, tmp_path: Path) -> None:
    """Alerts go to the file of their day, UTC, by their IDs; --until ends the archive."""
    for entry_id in ("86399999-0", "86400000-0", "86400000-1"):
        redis_client.xadd("alerts", alert_fields(), id=entry_id)

    ended = end_of(archive(processes, redis_url, tmp_path, "--until", "1970-01-03"))

    assert (ended.code, ended.output) == (0, "")
    files = {each.name: len(each.read_text().splitlines()) for each in tmp_path.glob("alerts*")}
    assert files == {"alerts-1970-01-01.ndjson": 1, "alerts-1970-01-02.ndjson": 2}


@one_server
def test_since_is_where_a_new_archive_begins(
    processes: Processes, redis_client: Redis, redis_url: str, tmp_path: Path
) -> None:
    """Once it has alerts it goes on after the last one, whatever beginning is given."""
    for milliseconds in (1000, 2000, 3000):
        redis_client.xadd("alerts", alert_fields(), id=f"{milliseconds}-0")
    words = ("--until", "1970-01-02", "--since")

    end_of(archive(processes, redis_url, tmp_path, *words, "1970-01-01T00:00:02"))
    assert ids_in(tmp_path) == ["2000-0", "3000-0"]
    redis_client.xadd("alerts", alert_fields(), id="4000-0")
    redis_client.xadd("alerts", alert_fields(), id="5000-0")
    end_of(archive(processes, redis_url, tmp_path, *words, "1970-01-01T00:00:05"))

    assert ids_in(tmp_path) == ["2000-0", "3000-0", "4000-0", "5000-0"]


@one_server
def test_a_gap_is_said_and_written_down(
    processes: Processes, redis_client: Redis, redis_url: str, tmp_path: Path
) -> None:
    """Alerts that were trimmed while no archiver ran: a line on standard error, and one in gaps.ndjson."""
    ids = put_alerts(redis_client, 10)
    until = ("--until", redis_client.time()[0] * 1_000_000 + 1_000_000)
    assert end_of(archive(processes, redis_url, tmp_path, *until)).code == 0
    ids += put_alerts(redis_client, 10)
    redis_client.xtrim("alerts", maxlen=4, approximate=False)

    process = archive(processes, redis_url, tmp_path)
    wait_until(partial(has, tmp_path, 14), "the rest")
    process.terminate()

    said = [line for line in end_of(process).lines if "gap: " in line]
    assert len(said) == 1
    assert ids_in(tmp_path) == ids[:10] + ids[-4:]
    (gap,) = map(json.loads, (tmp_path / "gaps.ndjson").read_text().splitlines())
    assert (gap["after"], gap["to"]) == (ids[9], ids[-4])


@one_server
def test_a_second_archiver_is_refused(
    processes: Processes, redis_client: Redis, redis_url: str, tmp_path: Path
) -> None:
    """One line, exit code 2; the first one goes on."""
    put_alerts(redis_client, 1)
    first = archive(processes, redis_url, tmp_path)
    wait_until(partial(has, tmp_path, 1), "the first alert")

    second = end_of(archive(processes, redis_url, tmp_path, "--format", "csv"))

    (line,) = second.lines
    assert (second.code, first.popen.poll()) == (2, None)
    assert f"another process writes the archive {tmp_path}" in line


@one_server
def test_a_folder_that_cannot_be_written(processes: Processes, redis_url: str, tmp_path: Path) -> None:
    """One line says which and why, exit code 1."""
    (tmp_path / "file").write_text("")

    ended = run(processes, "alerts", "--follow", "--to-dir", tmp_path / "file" / "x", "--redis", redis_url)

    (line,) = ended.lines
    assert ended.code == 1
    assert "file/x cannot be written: not a directory" in line


@one_server
def test_no_room_for_more(redis_client: Redis, redis_url: str, tmp_path: Path, processes: Processes) -> None:
    """A file that cannot grow ends it with one line and exit code 1; with room again nothing is missing."""
    ids = put_alerts(redis_client, 2000)
    words = ("-m", "services.cli", "alerts", "--follow", "--to-dir", str(tmp_path), "--redis", redis_url)

    ended = subprocess.run(
        [sys.executable, *words], check=False, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1_200_000, 1_200_000)),
    )  # fmt: skip

    assert ended.returncode == 1
    assert "cannot be written: file too large" in ended.stderr.splitlines()[-1]
    assert ids_in(tmp_path) == ids[:1000]
    process = archive(processes, redis_url, tmp_path)
    wait_until(partial(has, tmp_path, 2000), "all alerts")
    process.terminate()
    assert (end_of(process).code, ids_in(tmp_path)) == (0, ids)


def test_it_survives_a_restart_of_redis(processes: Processes, tmp_path: Path) -> None:
    """Redis is killed and comes back with what it had: the archive waits, and has each alert once."""
    options = {"appendonly": "yes", "appendfsync": "always"}
    with closing(make_server(chosen_kinds()[0], options).start()) as server:
        with Redis.from_url(server.url) as client:
            ids = put_alerts(client, 5)
        process = archive(processes, server.url, tmp_path)
        wait_until(partial(has, tmp_path, 5), "those before")

        server.kill()
        wait_until(lambda: "out of reach" in process.lines[-1], "it says that Redis is away")
        server.start()
        with Redis.from_url(server.url) as client:
            ids += put_alerts(client, 5)
        wait_until(partial(has, tmp_path, 10), "those after")
        process.terminate()

        assert (end_of(process).code, ids_in(tmp_path)) == (0, ids)
    assert (tmp_path / "gaps.ndjson").read_text() == ""
