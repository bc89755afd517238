"""Starting: wrong settings end with one clear line, a Redis that is away with bounded attempts."""

import socket
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import pytest
from redis import Redis

from services.cli.local.embedded import Server, free_port
from services.market_data.__main__ import main as ingest
from services.orders.__main__ import main as check
from shared.process.usage import invoke
from tests.support.market import health, health_at
from tests.support.processes import Process, Processes
from tests.support.servers import chosen_kinds, make_server

INGEST, CHECK = "services.market_data", "services.orders"
BOTH = (INGEST, CHECK)

WRONG = [
    *((module, words) for module in BOTH for words in [
        "--nonsense",
        "--listen nowhere",
        "--listen 127.0.0.1:65536",
        "--listen ::1:0",
        "--listen a..b:7000",
        "--metrics 127.0.0.1",
        "--redis http://127.0.0.1:6379",
        "--redis 127.0.0.1:6379",
        "--redis redis://127.0.0.1:port/0",
        "--redis redis://127.0.0.1:99999/0",
        "--redis redis://127.0.0.1:6379/abc",
        "--redis redis://a..b:6379/0",
        "--redis redis+cluster://127.0.0.1:7000/3",
        "--redis redis+sentinel://127.0.0.1:26379/master/x",
        "--redis redis://127.0.0.1:6379/0?nonsense=1",
        "--redis redis://127.0.0.1:6379/0?socket_timeout=soon",
        "--redis-attempts many",
        "--max-connections 0",
        "--log-format xml",
        "surplus",
        "MARKET_SPREAD_LISTEN=nowhere",
        "MARKET_SPREAD_LOG_FORMAT=xml",
        "REDIS_URL=nowhere",
    ]),
    (INGEST, "--max-spread wide"),
    (INGEST, "--max-spread -1"),
    (INGEST, "--max-spread nan"),
    (INGEST, "--max-symbols 0"),
    (INGEST, "MARKET_SPREAD_MAX_SYMBOLS=few"),
    (CHECK, "--max-quote-age-ms 0"),
    (CHECK, "--max-alerts none"),
    (CHECK, "--rebuild-wait long"),
    (CHECK, "--rebuild-wait nan"),
    (CHECK, "--stream alerts"),
    (CHECK, "--stream other --stream desk --alerts desk"),
]  # fmt: skip
"""Modules with words that are wrong: flags, or a variable of the environment."""


COMMANDS = {INGEST: ingest, CHECK: check}


def start(processes: Processes, module: str, words: str) -> Process:
    """Start a service with these words, and otherwise on free ports."""
    given = [
        word for flag in ("--listen", "--metrics") if flag not in words for word in (flag, "127.0.0.1:0")
    ]
    return processes.start("-m", module, *given, *words.split())


ANSWER_S = 2.0
"""How long Redis has for an answer."""


def tried_s(process: Process) -> float:
    """How long a process tried to reach Redis, from the end of the first attempt to its last word."""
    first, last = (datetime.fromisoformat(process.log[at]["ts"]) for at in (0, -1))
    return (last - first).total_seconds()


class Absent(NamedTuple):
    """Services that were started while there was no Redis."""

    refused: list[Process]
    """Nobody listens where Redis should be."""
    silent: list[Process]
    """Something listens there, and says nothing."""


@pytest.fixture(scope="module", autouse=True)
def absent(shared_processes: Processes) -> Iterator[Absent]:
    """Both services without Redis; started before all other tests, for their end takes a while."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
        urls = [f"redis://127.0.0.1:{free_port()}", f"redis://127.0.0.1:{silent.getsockname()[1]}"]
        started = [
            [start(shared_processes, module, f"--log-format json --redis {url}") for module in BOTH]
            for url in urls
        ]
        yield Absent(*started)


@pytest.mark.parametrize("wrong", WRONG, ids=" ".join)
def test_what_is_wrong_is_said_in_one_line(
    wrong: tuple[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A wrong flag, address, URL or variable ends in one line on stderr that names it, and exit code 2."""
    module, words = wrong
    name, equals, value = words.partition("=")
    is_variable = equals and name.isupper()
    if is_variable:
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["service", *([] if is_variable else words.split())])

    with pytest.raises(SystemExit) as ended:
        invoke(COMMANDS[module], f"python -m {module}")

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"python -m {module}: ")
    assert name.split()[0] in said.err


@pytest.mark.parametrize("module", BOTH)
def test_wrong_words_end_the_process(processes: Processes, module: str) -> None:
    """As a process too, wrong words and impossible addresses are one line and exit code 2."""
    for words in ("--nonsense", "--listen 192.0.2.1:0"):
        process = start(processes, module, words)
        assert process.wait() == 2
        (line,) = process.lines
        assert words.split()[-1] in line


@pytest.mark.parametrize(
    ("module", "flag"),
    [
        (INGEST, "--listen"),
        (CHECK, "--metrics"),
        pytest.param(INGEST, "--metrics", marks=pytest.mark.slow),
        pytest.param(CHECK, "--listen", marks=pytest.mark.slow),
    ],
)
def test_a_port_in_use_is_said_in_one_line(processes: Processes, module: str, flag: str) -> None:
    """A feed or metrics port that somebody has is named in one line, with the flag, and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        process = start(processes, module, f"{flag} {address}")
        assert process.wait() == 2

    (line,) = process.lines
    assert address in line
    assert "in use" in line
    assert flag in line


@pytest.fixture
def late_server() -> Iterator[Server]:
    """A server that is not started yet."""
    server = make_server(chosen_kinds()[0])
    yield server
    server.close()


def test_a_redis_that_comes_late_is_found(processes: Processes, late_server: Server) -> None:
    """A service that was started before Redis is ready as soon as Redis is there, and not before."""
    port = free_port()
    words = ("--listen", "127.0.0.1:0", "--metrics", f"127.0.0.1:{port}", "--log-format", "json")
    process = processes.start("-m", CHECK, *words, "--redis", late_server.url)
    process.wait_for("attempt 2 of 10")
    status, body = health_at(("127.0.0.1", port))
    assert (status, "starting" in body) == (503, True)

    late_server.start()

    process.wait_for("listening")
    assert health(process)[0] == 200


@pytest.mark.parametrize("module", BOTH)
def test_a_stop_before_redis_is_there_is_no_failure(processes: Processes, module: str) -> None:
    """Nothing was received, so nothing is lost: exit code 0, and soon."""
    process = start(processes, module, f"--log-format json --redis redis://127.0.0.1:{free_port()}")
    process.wait_for("attempt 3 of 10")

    process.terminate()

    assert process.wait(5) == 0


def test_attempts_can_be_fewer(processes: Processes) -> None:
    """The number of attempts is a setting."""
    url = f"redis://127.0.0.1:{free_port()}"
    process = start(processes, CHECK, f"--redis-attempts 2 --redis {url}")

    assert process.wait() == 1
    assert sum("attempt" in line for line in process.lines) == 2


@pytest.mark.slow
def test_a_redis_that_lets_nobody_in_is_named(processes: Processes) -> None:
    """No password, a wrong one, a wrong database: what Redis said and what to do, exit code 2."""
    server = make_server(chosen_kinds()[0], {"requirepass": "secret"})
    server.start()
    try:
        urls = [
            server.url,
            server.url.replace("//", "//:wrong@"),
            server.url.replace("//", "//:secret@") + "999",
        ]
        started = [start(processes, CHECK, f"--redis-attempts 2 --redis {url}") for url in urls]
        for process, advice in zip(started, ["a password", "check the user", "a database"], strict=True):
            assert process.wait() == 2
            (line,) = process.lines
            assert "Redis refuses this service" in line
            assert advice in line
            assert "secret" not in line
    finally:
        server.close()


def test_a_flag_wins_over_the_environment(processes: Processes, any_url: str) -> None:
    """Settings come from the environment, and a flag is stronger."""
    environment = {
        "REDIS_URL": any_url,
        "MARKET_SPREAD_LISTEN": "127.0.0.1:1",
        "MARKET_SPREAD_METRICS": "127.0.0.1:0",
        "MARKET_SPREAD_LOG_FORMAT": "json",
    }
    process = processes.start("-m", CHECK, "--listen", "127.0.0.1:0", environment=environment)

    assert process.address()[1] > 1
    assert health(process, "live")[0] == 200


def test_a_redis_that_refuses_is_tried_ten_times(absent: Absent) -> None:
    """With nobody where Redis should be, each of ten attempts is logged, then a last line; exit code 1."""
    for process in absent.refused:
        assert process.wait() == 1
        assert [line["event"].partition(":")[0] for line in process.log] == [
            *(f"Redis is out of reach, attempt {n} of 10" for n in range(1, 11)), "Redis is out of reach"
        ]  # fmt: skip
        assert "--redis" in process.lines[-1]
        assert tried_s(process) < 15 - ANSWER_S


def test_a_redis_that_is_silent_is_not_waited_for_long(absent: Absent) -> None:
    """With a Redis that accepts and says nothing, some attempts are logged and the end comes within 15 s."""
    for process in absent.silent:
        assert process.wait() == 1
        assert len(process.events("attempt")) >= 4
        assert "--redis" in process.lines[-1]
        assert tried_s(process) < 15 - ANSWER_S


@pytest.mark.parametrize(
    ("module", "right"),
    [
        ("services.market_data", "-smembers"),
        ("services.market_data", "-xadd"),
        ("services.orders", "-get"),
        ("services.orders", "-hset"),
    ],
)
@pytest.mark.slow
def test_a_right_that_is_missing_ends_the_start(
    processes: Processes, any_client: Redis, any_url: str, module: str, right: str
) -> None:
    """What Redis refuses and where the rights are listed, in one line, exit code 2: no endless outage."""
    any_client.execute_command("ACL", "SETUSER", "desk", "reset", "on", ">pw", "~*", "&*", "+@all", right)
    url = any_url.replace("//", "//desk:pw@")
    process = processes.start(
        "-m", module, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--redis", url
    )
    assert process.wait() == 2
    (line,) = [line for line in process.lines if "refuses" in line]
    assert "docs/security.md" in line
    assert right.removeprefix("-") in line
    any_client.execute_command("ACL", "DELUSER", "desk")
