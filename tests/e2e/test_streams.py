"""Standard streams that are closed, full, read by nobody, or have no more than ASCII: no command minds."""

import json
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import free_port
from services.cli.made_market.market import Market
from services.cli.made_market.market_files import ORDERS_NAME, write_market
from tests.support import commands, frames
from tests.support.market import health_at
from tests.support.market_state import put_alerts
from tests.support.processes import Processes, wait_until
from tests.support.raw_sender import RawSender
from tests.support.redirected import ASCII, run, run_unread, start
from tests.support.scripted_feed import Peer, ScriptedFeed
from tests.support.servers import one_server
from tests.support.terminal import Terminal

pytestmark = pytest.mark.slow

WHY = {">&-": "it is closed", ">/dev/full": "No space left on device"}
COMMANDS = ("demo", "ingest", "check", "api", "forward", "limits", "alerts", "replay", "simulate")
CANNOT = "market-spread: cannot write to standard output: "

# what others may write into the stream of alerts: Latin-1, UTF-8, and what a terminal would obey
FOREIGN: dict[str, str | bytes] = {
    "order_id": "\x1b[2J",
    "symbol": "Zürich",
    "transact_time": "a\tb\nc",
    "quote_time": "\x9b31m\u202e",
}


def say_all(peer: Peer) -> None:
    """Acknowledge the frames of a file, 200 orders."""
    peer.hello()
    peer.ack(0)
    peer.payloads(200)
    peer.ack(200)


@pytest.fixture
def market(tmp_path: Path) -> Path:
    """A folder with a file of 200 orders."""
    write_market(tmp_path, Market(1, 20, 0.1), quotes_per_second=200, orders_per_second=200, seconds=1)
    return tmp_path


@pytest.fixture
def feed() -> Iterator[str]:
    """The address of a feed that takes these orders once."""
    with ScriptedFeed(say_all) as taking:
        yield str(taking.address)


def is_clean(errors: bytes) -> bool:
    """Whether there is no sign of an error that nobody has thought of."""
    return not any(sign in errors for sign in (b"Traceback", b"Logging error", b"Exception ignored"))


@pytest.mark.parametrize("redirection", WHY)
@pytest.mark.slow
def test_output_that_cannot_be_written_is_an_error(redirection: str, tmp_path: Path) -> None:
    """Without room for what a command prints, or a stream for it: one line that says so, exit code 1."""
    for words in (["--help"], ["--version"], ["simulate", "--write", tmp_path, "--for", "0.1"]):
        ended = run(redirection, *words)
        assert (ended.code, ended.errors.decode()) == (1, f"{CANNOT}{WHY[redirection]}\n")


@pytest.mark.slow
@pytest.mark.parametrize("redirection", WHY)
def test_the_help_of_every_command_has_to_be_written(redirection: str) -> None:
    """The same for what all commands print."""
    for name in COMMANDS:
        ended = run(redirection, name, "--help")
        assert (ended.code, ended.errors.decode()) == (1, f"{CANNOT}{WHY[redirection]}\n")


def test_without_any_stream_the_exit_code_tells() -> None:
    """With nowhere to say anything a command still ends with the code that is right."""
    assert run(">&- 2>&- <&-", "--help").code == 1
    assert run(">/dev/full 2>/dev/full", "--help").code == 1
    assert run(">&- 2>&- <&-", "nonsense").code == 2
    assert run("2>&-", "--version").code == 0


@pytest.mark.parametrize("redirection", WHY)
@pytest.mark.slow
def test_a_replay_says_that_it_cannot_say_it(redirection: str, market: Path, feed: str) -> None:
    """A replay whose last line cannot be written ends with 1 and one line, after everything was sent."""
    ended = run(redirection, "replay", market / ORDERS_NAME, "--to", feed)
    assert (ended.code, ended.errors.decode()) == (1, f"{CANNOT}{WHY[redirection]}\n")


@one_server
@pytest.mark.parametrize(
    ("redirection", "words"),
    [
        (">&-", ()),
        (">/dev/full", ("--json",)),
        (">/dev/full", ("--from", "0", "--follow")),
        pytest.param(">/dev/full", (), marks=pytest.mark.slow),
        pytest.param(">&-", ("--json",), marks=pytest.mark.slow),
        pytest.param(">&-", ("--from", "0", "--follow"), marks=pytest.mark.slow),
    ],
)
@pytest.mark.slow
def test_alerts_that_cannot_be_printed_are_an_error(
    redis_client: Redis, redis_url: str, redirection: str, words: Sequence[str]
) -> None:
    """Alerts that cannot be printed end the command with 1, also one that follows, and say so."""
    put_alerts(redis_client, 2000)
    ended = run(redirection, "alerts", "--redis", redis_url, *words)
    assert (ended.code, ended.errors.decode()) == (1, f"{CANNOT}{WHY[redirection]}\n")


@pytest.mark.slow
def test_a_pipe_that_nobody_reads_is_no_failure(market: Path, feed: str) -> None:
    """Behind a reader that has gone, as `head` does, a command ends with 0 and says nothing."""
    for words in (["--help"], ["simulate", "--write", market, "--for", "1"]):
        assert run_unread(*words) == (0, b"", b"")
    assert run_unread("replay", market / ORDERS_NAME, "--to", feed) == (0, b"", b"")


@one_server
def test_a_follower_that_nobody_reads_ends(redis_client: Redis, redis_url: str) -> None:
    """`alerts --follow` into a pipe that nobody reads ends with 0, whatever there is to print."""
    for _ in range(2):
        assert run_unread("alerts", "--follow", "--redis", redis_url) == (0, b"", b"")
        put_alerts(redis_client, 10)


def services(redis_url: str) -> list[tuple[str, list[str], int, int]]:
    """Each service by its module, with its words, the port of its health, and that of its feed."""
    found: list[tuple[str, list[str], int, int]] = []
    for module, *words in (
        ("services.market_data", "--listen", "127.0.0.1:{feed}", "--metrics", "127.0.0.1:{health}"),
        ("services.orders", "--listen", "127.0.0.1:{feed}", "--metrics", "127.0.0.1:{health}"),
        ("services.web", "--listen", "127.0.0.1:{health}"),
        ("services.cli", "forward", "--to", "127.0.0.1:{feed}", "--metrics", "127.0.0.1:{health}"),
    ):
        feed, health = free_port(), free_port()
        filled = [word.format(feed=feed, health=health) for word in (*words, "--redis", redis_url)]
        found.append((module, filled, feed, health))
    return found


@one_server
@pytest.mark.parametrize(
    "redirection",
    [
        ">&- 2>&-",
        pytest.param("2>/dev/full", marks=pytest.mark.slow),
        pytest.param("<&- 2>&-", marks=pytest.mark.slow),
        pytest.param("2>&1 >&-", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("number", range(4), ids=["ingest", "check", "api", "forward"])
@pytest.mark.slow
def test_a_service_goes_on_without_its_streams(redis_url: str, redirection: str, number: int) -> None:
    """A service whose streams are closed or full starts, takes what comes, and stops in order."""
    module, words, feed, health = services(redis_url)[number]
    process = start(redirection, module, *words)
    with process:
        wait_until(lambda: is_alive(health), "an answer")
        if module in {"services.market_data", "services.orders"}:
            wait_until(lambda: is_ready(health), "ready")
            with RawSender(("127.0.0.1", feed)) as sender:
                sender.send(*[b"no such frame"] * 300, frames.order(), frames.quote())  # all are logged
                sender.finish()
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert is_clean(errors)


def is_alive(port: int) -> bool:
    """Whether a service says that it is alive."""
    return status(port, "live") == 200


def is_ready(port: int) -> bool:
    """Whether a service says that it is ready."""
    return status(port, "ready") == 200


def status(port: int, probe: str) -> int:
    """The status of a probe; 0 if nobody answers."""
    try:
        return health_at(("127.0.0.1", port), probe)[0]
    except OSError:
        return 0


def put_foreign(client: Redis) -> str:
    """Write alerts as the checker does not; the ID of the one that is no UTF-8."""
    put_alerts(client, 1, **FOREIGN)
    (last,) = put_alerts(client, 1, order_id="caf\xe9".encode("latin-1"))
    return last


@one_server
@pytest.mark.parametrize("environment", [{}, ASCII], ids=["utf-8", "ascii"])
def test_foreign_alerts_are_printed_escaped(
    processes: Processes, redis_client: Redis, redis_url: str, environment: dict[str, str]
) -> None:
    """What others wrote is a line each, escaped where it is not printable, or not of the terminal's set."""
    put_foreign(redis_client)

    ended = commands.run(processes, "alerts", "--redis", redis_url, environment=environment)

    assert (ended.code, ended.lines) == (0, [])
    first, second = (line.split("\t") for line in ended.output.splitlines())
    assert first[1] == r"\x1b[2J"
    assert first[4] == (r"Z\xfcrich" if environment else "Zürich")
    assert first[7] == r"a\tb\nc"
    assert first[10] == r"\x9b31m\u202e"
    assert second[1] == r"caf\xe9"


@one_server
@pytest.mark.parametrize("environment", [{}, ASCII], ids=["utf-8", "ascii"])
@pytest.mark.slow
def test_foreign_alerts_are_json_that_anything_reads(
    processes: Processes, redis_client: Redis, redis_url: str, environment: dict[str, str]
) -> None:
    """As JSON they are printable ASCII on any stream, and hold what was written."""
    put_foreign(redis_client)

    ended = commands.run(processes, "alerts", "--json", "--redis", redis_url, environment=environment)

    assert (ended.code, ended.lines) == (0, [])
    assert all(line.isascii() and line.isprintable() for line in ended.output.splitlines())
    first, second = map(json.loads, ended.output.splitlines())
    assert {name: first[name] for name in FOREIGN} == FOREIGN
    assert second["order_id"] == r"caf\xe9"


@one_server
@pytest.mark.parametrize("environment", [{}, ASCII], ids=["utf-8", "ascii"])
def test_a_terminal_gets_no_control_characters(
    redis_client: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """On a terminal a foreign alert is shown escaped; the only control sequences are the table's colours."""
    for name, value in {**environment, "NO_COLOR": "1", "TERM": "dumb"}.items():
        monkeypatch.setenv(name, value)
    put_foreign(redis_client)

    with Terminal("alerts", "--redis", redis_url, columns=200) as terminal:
        assert terminal.wait() == 0

    assert r"\x1b[2J" in terminal.lines[1]
    assert (r"Z\xfcrich" if environment else "Zürich") in terminal.lines[1]
    assert r"caf\xe9" in terminal.lines[2]
    assert b"\x1b[2J" not in terminal.raw
    assert "\x9b".encode() not in terminal.raw


@pytest.mark.slow
def test_a_bar_is_shown_where_there_is_no_more_than_ascii(
    market: Path, feed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On an ASCII terminal a replay of a file with a foreign name draws its bar, all of it in ASCII."""
    for name, value in ASCII.items():
        monkeypatch.setenv(name, value)
    file = (market / ORDERS_NAME).rename(market / "ord\xe9rs\x1b[2J.msg")

    with Terminal("replay", file, "--to", feed) as terminal:
        assert terminal.wait() == 0

    assert terminal.raw.isascii()
    assert b"\x1b[2J" not in terminal.raw
    assert "200 of 200 frames" in "\n".join(terminal.lines)
    assert terminal.lines[-1].startswith("200 frames in ")


def test_an_answer_of_a_feed_is_shown_escaped(processes: Processes, market: Path) -> None:
    """What a feed answers cannot steer a terminal, nor write a line of its own into the log."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.sock.sendall(b"\x00\x00\x00\x0d\x12\x03no\n\x1b[31mred"[: 4 + 13])
        peer.drain()

    with ScriptedFeed(script) as refusing:
        ended = commands.run(processes, "replay", market / ORDERS_NAME, "--to", refusing.address)
    assert ended.code == 1
    (line,) = ended.lines
    assert line.endswith(r"refused: no\n\x1b[31mred")
