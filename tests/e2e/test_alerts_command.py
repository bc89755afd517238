"""`market-spread alerts`, on terminals and pipes."""

import json
import random
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from functools import partial

import pytest
from click.testing import CliRunner
from redis import Redis

from services.cli.commands.alerts import main
from services.cli.local.embedded import Server
from shared.market import keys
from tests.support.commands import end_of, run, start
from tests.support.market_state import alert_fields, put_alerts
from tests.support.processes import ROOT, TIMEOUT_S, Process, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server, one_server


@pytest.fixture(params=chosen_kinds())
def lasting_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that a test may kill, which keeps what it was told."""
    server = make_server(request.param, {"appendonly": "yes", "appendfsync": "always"})
    server.start()
    yield server
    server.close()


def test_the_help_names_the_columns() -> None:
    """What is printed between tabs is an alert's ID and then all its fields, as the help says."""
    text = " ".join(CliRunner().invoke(main, ["--help"]).output.split())
    assert f"separated by tabs: {', '.join(('id', *keys.ALERT_FIELDS))};" in text


def ids_of(lines: list[str]) -> list[str]:
    """The IDs that tab-separated lines begin with."""
    return [line.partition("\t")[0] for line in lines]


def is_waiting(client: Redis) -> bool:
    """Whether somebody waits for alerts."""
    return any("xread" in each["cmd"] and "b" in each["flags"] for each in client.client_list())


def follow(processes: Processes, url: str, *words: object) -> Process:
    """A command that follows."""
    return start(processes, "alerts", "--follow", "--redis", url, *words)


@one_server
@pytest.mark.parametrize(("words", "shown"), [([], 100), (["--limit", 3], 3), (["--limit", 2300], 2300)])
@pytest.mark.slow
def test_the_newest_are_printed_newest_last(
    processes: Processes, redis_client: Redis, redis_url: str, words: list[object], shown: int
) -> None:
    """The last 100 alerts, or as many as one wants, in the order of the stream; then it ends with 0."""
    ids = put_alerts(redis_client, 2500)

    ended = run(processes, "alerts", "--redis", redis_url, *words)

    assert ids_of(ended.output.splitlines()) == ids[-shown:]
    assert (ended.code, ended.lines) == (0, [])


@one_server
def test_without_alerts_nothing_is_printed(processes: Processes, redis_url: str) -> None:
    """An empty stream is no error."""
    assert run(processes, "alerts", "--redis", redis_url) == (0, "", [])


@one_server
@pytest.mark.parametrize(
    ("after", "words", "end"),
    [
        (1200, (), 2500),
        (10, ("--limit", 5), 15),
        pytest.param(0, (), 2500, marks=pytest.mark.slow),
        pytest.param(2500, (), 2500, marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_from_an_id_on_all_are_printed(
    processes: Processes, redis_client: Redis, redis_url: str, after: int, words: tuple[object, ...], end: int
) -> None:
    """After an ID come all later alerts, or the first of them; 0 stands before the first."""
    ids = put_alerts(redis_client, 2500)

    ended = run(processes, "alerts", "--redis", redis_url, "--from", ["0", *ids][after], *words)

    assert ids_of(ended.output.splitlines()) == ids[after:end]


@one_server
def test_lines_have_the_fields_in_the_order_of_the_help(
    processes: Processes, redis_client: Redis, redis_url: str
) -> None:
    """Piped, an alert is a line of values between tabs, empty where there was no quote."""
    (first,) = put_alerts(redis_client, 1, reason="spread,spread_ratio")
    (second,) = put_alerts(redis_client, 1, bid="", offer="", quote_time="", quote_at="", reason="no_quote")

    ended = run(processes, "alerts", "--redis", redis_url)

    order = "Zr6vXo\t0\tbuy\tBTU\t100.0\t10.05\t20151221-14:30:00.120"
    times = "1450708200123456\t1450708199987654"
    assert ended.output.splitlines() == [
        f"{first}\t{order}\t10.0\t10.05\t20151221-14:29:59.980\tspread,spread_ratio\t{times}\t\t4711",
        f"{second}\t{order}\t\t\t\tno_quote\t1450708200123456\t\t\t4711",
    ]


@one_server
@pytest.mark.slow
def test_json_is_what_the_api_has(processes: Processes, redis_client: Redis, redis_url: str) -> None:
    """With --json each line is the object that GET /alerts has: numbers, lists and nulls alike."""
    put_alerts(redis_client, 2, reason="spread,stale_quote")
    put_alerts(redis_client, 1, bid="", offer="", quote_time="", reason="no_quote")
    host, port = processes.api(redis_url).address()

    ended = run(processes, "alerts", "--json", "--redis", redis_url)

    with urllib.request.urlopen(f"http://{host}:{port}/alerts?after=0") as answer:
        assert [json.loads(line) for line in ended.output.splitlines()] == json.load(answer)["alerts"]
    last = json.loads(ended.output.splitlines()[-1])
    assert (last["account"], last["price"], last["bid"], last["reason"]) == ("0", 10.05, None, ["no_quote"])


@one_server
@pytest.mark.slow
def test_csv_is_what_the_api_has(processes: Processes, redis_client: Redis, redis_url: str) -> None:
    """With --format csv it is the file that GET /alerts?format=csv has; --format ndjson is --json."""
    put_alerts(redis_client, 2, reason="spread,stale_quote", source="=1+1")
    host, port = processes.api(redis_url).address()

    ended = run(processes, "alerts", "--format", "csv", "--from", "0", "--redis", redis_url)

    with urllib.request.urlopen(f"http://{host}:{port}/alerts?after=0&format=csv") as answer:
        assert ended.output == answer.read().decode()
    as_json = run(processes, "alerts", "--json", "--redis", redis_url)
    assert run(processes, "alerts", "--format", "ndjson", "--redis", redis_url) == as_json


@pytest.fixture
def by_time(redis_client: Redis) -> Redis:
    """Alerts at 10 s, 10.001 s, 11 s and 12 s after the epoch, twice each."""
    for milliseconds in (10_000, 10_001, 11_000, 12_000):
        for number in range(2):
            redis_client.xadd("alerts", alert_fields(), id=f"{milliseconds}-{number}")
    return redis_client


@one_server
@pytest.mark.parametrize(
    ("words", "ids"),
    [
        (["--since", "1970-01-01T00:00:10.001Z"], "10001-0 10001-1 11000-0 11000-1 12000-0 12000-1"),
        (["--since", "10000001"], "10001-0 10001-1 11000-0 11000-1 12000-0 12000-1"),
        (["--until", "1970-01-01T01:00:11+01:00"], "10000-0 10000-1 10001-0 10001-1"),
        (["--since", "1970-01-01T00:00:10.001", "--until", "1970-01-01T00:00:12", "--limit", 3],
         "10001-0 10001-1 11000-0"),
        (["--until", "1970-01-01T00:00:12", "--limit", 1], "11000-1"),
        (["--since", "0", "--from", "11000-0"], "11000-1 12000-0 12000-1"),
        (["--since", "1970-01-01T00:00:11", "--from", "0"], "11000-0 11000-1 12000-0 12000-1"),
        (["--since", "1970-01-01T00:00:13"], ""),
        (["--until", "0"], ""),
        (["--follow", "--from", "0", "--until", "1970-01-01T00:00:11"], "10000-0 10000-1 10001-0 10001-1"),
    ],
)  # fmt: skip
@pytest.mark.slow
def test_since_and_until(
    processes: Processes, by_time: Redis, redis_url: str, words: list[object], ids: str
) -> None:
    """From a time on, and before one, by the IDs; with --follow the end is an end. Nothing is a gap here."""
    del by_time
    ended = run(processes, "alerts", *words, "--redis", redis_url)

    assert (ids_of(ended.output.splitlines()), ended.code, ended.lines) == (ids.split(), 0, [])


@one_server
@pytest.mark.slow
def test_since_a_time_whose_alerts_were_trimmed(processes: Processes, by_time: Redis, redis_url: str) -> None:
    """That some may be missing is said, as with an ID; not where all of that time are there."""
    by_time.xtrim("alerts", maxlen=3, approximate=False)

    ended = run(processes, "alerts", "--since", "1970-01-01T00:00:10.5", "--redis", redis_url)
    later = run(processes, "alerts", "--since", "1970-01-01T00:00:12", "--redis", redis_url)

    assert ids_of(ended.output.splitlines()) == ["11000-1", "12000-0", "12000-1"]
    assert "may be missing" in ended.lines[0]
    assert (ids_of(later.output.splitlines()), later.lines) == (["12000-0", "12000-1"], [])


@pytest.mark.slow
@one_server
def test_following_ends_at_a_time(processes: Processes, redis_client: Redis, redis_url: str) -> None:
    """By the server's clock, and without any alert after it."""
    ids = put_alerts(redis_client, 2)
    until_us = redis_client.time()[0] * 1_000_000 + 2_000_000
    ended = end_of(follow(processes, redis_url, "--from", "0", "--until", until_us))

    assert (ids_of(ended.output.splitlines()), ended.code, ended.lines) == (ids, 0, [])
    assert redis_client.time()[0] * 1_000_000 >= until_us


@one_server
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_following_goes_on_until_told_to_stop(
    processes: Processes, redis_client: Redis, redis_url: str, number: signal.Signals
) -> None:
    """What is there, then each new alert as it comes, until Ctrl-C, which is no error."""
    ids = put_alerts(redis_client, 5)
    process = follow(processes, redis_url, "--limit", 2)
    wait_until(lambda: ids_of(process.printed) == ids[-2:], "the last two")
    wait_until(lambda: is_waiting(redis_client), "it waits for more")

    ids += put_alerts(redis_client, 3)

    wait_until(lambda: ids_of(process.printed) == ids[-5:], "the new ones")
    process.popen.send_signal(number)
    assert end_of(process).code == 0
    assert process.lines == []


@one_server
def test_a_closed_pipe_is_no_error(redis_client: Redis, redis_url: str) -> None:
    """When nobody reads any more, as behind `head`, it ends with 0 and says nothing."""
    ids = put_alerts(redis_client, 5000)
    words = [sys.executable, "-m", "services.cli", "alerts", "--from", "0", "--redis", redis_url]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().decode().startswith(ids[0])

        process.stdout.close()

        assert process.wait(TIMEOUT_S) == 0
        assert process.stderr.read() == b""


@pytest.mark.slow
@one_server
def test_a_closed_pipe_is_noticed_without_a_new_alert(redis_client: Redis, redis_url: str) -> None:
    """A follower whose reader has gone ends, though there is nothing to print."""
    put_alerts(redis_client, 1)
    words = [sys.executable, "-m", "services.cli", "alerts", "--follow", "--redis", redis_url]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        wait_until(lambda: is_waiting(redis_client), "it waits for more")

        process.stdout.close()

        assert process.wait(TIMEOUT_S) == 0
        assert process.stderr.read() == b""


@pytest.mark.slow
def test_a_follower_killed_at_random_and_resumed_misses_nothing(
    processes: Processes, redis_client: Redis, redis_url: str
) -> None:
    """Killed again and again and started from the last ID that it printed: each alert once, in order."""
    ids: list[str] = []
    printed: list[str] = []
    chance = random.Random(2)
    for _ in range(6):
        ids += put_alerts(redis_client, 2000)
        process = follow(processes, redis_url, "--from", printed[-1] if printed else "0")
        wait_until(partial(has_printed, process, chance.randrange(1, 2000)), "some alerts")
        process.kill()
        printed += ids_of([line for line in process.printed if line.endswith("\t\t4711")])

    process = follow(processes, redis_url, "--from", printed[-1])
    wait_until(lambda: printed + ids_of(process.printed) == ids, "all alerts, each once")


def has_printed(process: Process, lines: int) -> bool:
    """Whether a process has printed so many lines."""
    return len(process.printed) >= lines


def test_following_survives_a_restart_of_redis(processes: Processes, lasting_server: Server) -> None:
    """Redis is killed and comes back: said once each, and every alert is printed once and in order."""
    with Redis.from_url(lasting_server.url) as client:
        ids = put_alerts(client, 10)
        process = follow(processes, lasting_server.url, "--from", "0")
        wait_until(lambda: ids_of(process.printed) == ids, "those before")

    lasting_server.kill()
    wait_until(lambda: process.lines, "it says that Redis is away")
    lasting_server.start()
    with Redis.from_url(lasting_server.url) as client:
        ids += put_alerts(client, 10)

    wait_until(lambda: ids_of(process.printed) == ids, "those after")
    process.terminate()
    away, back = end_of(process).lines
    assert "out of reach" in away
    assert "back" in back


def test_what_was_trimmed_is_said(processes: Processes, redis_client: Redis, redis_url: str) -> None:
    """Where alerts after the given ID are gone, a line on standard error says which, and the rest follows."""
    ids = put_alerts(redis_client, 100)
    redis_client.xtrim("alerts", maxlen=40, approximate=False)

    ended = run(processes, "alerts", "--from", ids[9], "--redis", redis_url)
    process = follow(processes, redis_url, "--from", ids[9])

    assert ids_of(ended.output.splitlines()) == ids[60:]
    (line,) = ended.lines
    assert f"gap: alerts after {ids[9]} and up to {ids[60]} may be missing" in line
    wait_until(lambda: ids_of(process.printed) == ids[60:], "the rest")
    process.terminate()
    (line,) = end_of(process).lines
    assert "gap: alerts after" in line


@pytest.mark.parametrize(
    "words",
    [
        ["--from", "yesterday"],
        ["--limit", "-1"],
        ["--follow", "--from", "0", "--limit", "1"],
        ["--redis", "http://127.0.0.1"],
        ["everything"],
        ["--since", "yesterday"],
        ["--until", "2026-13-01"],
        ["--format", "xml"],
        ["--json", "--format", "csv"],
        ["--follow", "--since", "2026-11-25", "--limit", "1"],
        ["--to-dir", "there"],
        ["--to-dir", "there", "--follow", "--format", "text"],
        ["--to-dir", "there", "--follow", "--limit", "3"],
    ],
)
def test_a_wrong_flag_is_refused(words: list[str]) -> None:
    """What is wrong is said, with exit code 2, before anything is read."""
    refused = CliRunner().invoke(main, words)

    assert refused.exit_code == 2
    assert refused.stdout == ""


@pytest.mark.parametrize("words", [["--from", "0"], ["--follow"]])
def test_redis_out_of_reach_is_said(processes: Processes, words: list[str]) -> None:
    """A few attempts, each logged, then exit code 1."""
    ended = run(processes, "alerts", "--redis", "redis://127.0.0.1:1/0", *words)

    assert (ended.code, ended.output) == (1, "")
    assert ["attempt 1 of 3" in ended.lines[0], "attempt 2 of 3" in ended.lines[1]] == [True, True]
    assert ended.lines[2].startswith("market-spread alerts: Redis is out of reach: ")
    assert ended.lines[2].endswith("; see --redis")


@one_server
def test_a_refusal_is_said_at_once(processes: Processes, redis_client: Redis, redis_url: str) -> None:
    """A Redis that does not let this user read is not away: one line with what to do, exit code 2."""
    redis_client.acl_setuser("blind", enabled=True, passwords="+pw", commands=["+ping", "+client", "+select"])
    try:
        ended = run(processes, "alerts", "--redis", redis_url.replace("//", "//blind:pw@"))
    finally:
        redis_client.acl_deluser("blind")

    assert (ended.code, ended.output) == (2, "")
    (line,) = ended.lines
    assert line.startswith("market-spread alerts: Redis refuses this command: ")
    assert "docs/security.md" in line


@one_server
def test_something_else_under_that_name_is_said(
    processes: Processes, redis_client: Redis, redis_url: str
) -> None:
    """A key that is no stream is one line on standard error, and exit code 1."""
    redis_client.set("other", "no stream")

    ended = run(processes, "alerts", "--alerts", "other", "--redis", redis_url)

    assert (ended.code, len(ended.lines)) == (1, 1)
    assert "WRONGTYPE" in ended.lines[0]
