"""The API process: start, stop, Redis in outages, and the token."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from services.cli.local.embedded import Server, free_port
from services.web.__main__ import main
from shared.process.usage import invoke
from tests.integration.web.conftest import base_url
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

DATA_ROUTES = ("/symbols", "/symbols/BTU", "/alerts", "/health/ready")


@pytest.fixture(params=chosen_kinds())
def own_server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server that a test may stop."""
    server = make_server(request.param)
    server.start()
    yield server
    server.close()


def refused_at_once(http: httpx.Client, path: str) -> bool:
    """Whether a route answers 503 well below a second, once in five times: the machine may be busy."""
    return any(refused_in_s(http, path) < 0.9 for _ in range(5))


def refused_in_s(http: httpx.Client, path: str) -> float:
    """How long a route takes to answer 503."""
    began = time.monotonic()
    answer = http.get(path)
    took_s = time.monotonic() - began
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert "edis" in answer.json()["detail"]
    return took_s


@pytest.mark.slow
def test_redis_stands_still(processes: Processes, own_server: Server) -> None:
    """While Redis is stopped every route says 503 within a second; then all is well again."""
    with httpx.Client(base_url=base_url(processes.api(own_server.url)), timeout=5) as http:
        assert all(http.get(path).status_code in {200, 404} for path in DATA_ROUTES)

        own_server.pause()
        assert all(refused_at_once(http, path) for path in DATA_ROUTES)
        assert http.get("/health/live").status_code == 200
        assert http.get("/health/ready").json()["failing"] == {"redis": "no answer in time"}
        own_server.resume()

        wait_until(lambda: http.get(DATA_ROUTES[0]).status_code != 503, "Redis is there again")
        assert all(http.get(path).status_code in {200, 404} for path in DATA_ROUTES)


@pytest.mark.slow
def test_many_ask_while_redis_stands_still(processes: Processes, own_server: Server) -> None:
    """A hundred requests at once are refused together, and not as connections get free."""

    async def ask(url: str) -> list[float]:
        async with httpx.AsyncClient(base_url=url, timeout=10) as http:

            async def one() -> float:
                began = time.monotonic()
                assert (await http.get("/symbols")).status_code == 503
                return time.monotonic() - began

            return await asyncio.gather(*(one() for _ in range(100)))

    def are_refused_together() -> bool:
        took_s = asyncio.run(ask(url))
        return max(took_s) - min(took_s) < 1.5  # in turns of 32 it would be at least that

    url = base_url(processes.api(own_server.url))
    own_server.pause()

    assert any(are_refused_together() for _ in range(3)), "the machine may be busy, but not each time"


def test_redis_is_killed(processes: Processes, own_server: Server) -> None:
    """Without Redis every route says 503 at once; the first request after its return is answered."""
    with httpx.Client(base_url=base_url(processes.api(own_server.url)), timeout=5) as http:
        assert all(http.get(path).status_code in {200, 404} for path in DATA_ROUTES)

        own_server.kill()
        assert all(refused_at_once(http, path) for path in DATA_ROUTES)
        own_server.start()

        assert all(http.get(path).status_code in {200, 404} for path in DATA_ROUTES)


@pytest.mark.parametrize("from_file", [True, False])
@pytest.mark.slow
def test_token(processes: Processes, redis_url: str, tmp_path: Path, *, from_file: bool) -> None:
    """With a token, from a file or the environment, data need it, and health and the page's files do not."""
    file = tmp_path / "token"
    file.write_text("s3cret-T0ken\n")
    if from_file:
        api = processes.api(redis_url, "--token-file", str(file))
    else:
        words = (
            "-m",
            "services.web",
            "--listen",
            "127.0.0.1:0",
            "--redis",
            redis_url,
            "--log-format",
            "json",
        )
        api = processes.start(*words, environment={"MARKET_SPREAD_TOKEN": "s3cret-T0ken"})

    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        for path in ("/symbols", "/alerts", "/metrics"):
            for wrong in ({}, {"authorization": "Bearer nope"}, {"authorization": "Basic s3cret-T0ken"}):
                answer = http.get(path, headers=wrong)
                assert answer.status_code == 401
                assert answer.headers["www-authenticate"] == "Bearer"
                assert answer.headers["content-type"] == "application/problem+json"
            assert http.get(path, headers={"authorization": "Bearer s3cret-T0ken"}).status_code == 200
        for path in ("/health/live", "/health/ready", "/openapi.json"):
            assert http.get(path).status_code == 200
        schemes = http.get("/openapi.json").json()["components"]["securitySchemes"]
        assert [each["scheme"] for each in schemes.values()] == ["bearer"]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--listen", "nonsense"), "'nonsense' is not HOST:PORT"),
        (("--redis", "http://127.0.0.1"), "redis://"),
        (("--token-file", "/nonexistent"), "does not exist"),
        (("--token-file", os.devnull), "token has to be printable"),
    ],
)
def test_wrong_words(
    words: tuple[str, ...],
    complaint: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A bad flag is one clear line and exit code 2."""
    monkeypatch.setattr("sys.argv", ["service", *words])

    with pytest.raises(SystemExit) as ended:
        invoke(main, "python -m services.web")

    said = capsys.readouterr()
    assert ended.value.code == 2
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert complaint in said.err


def test_port_in_use(processes: Processes, redis_url: str) -> None:
    """A port that is taken is one clear line and exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        api = processes.start("-m", "services.web", "--listen", f"127.0.0.1:{port}", "--redis", redis_url)
        assert api.wait() == 2
    assert len(api.lines) == 1
    assert f"127.0.0.1:{port}" in api.lines[0]


def test_no_redis_at_the_start(processes: Processes) -> None:
    """Redis out of reach at the start: each attempt is logged, then exit code 1."""
    api = processes.api(f"redis://127.0.0.1:{free_port()}/0", "--redis-attempts", "3")

    assert api.wait() == 1
    attempts = [line["event"] for line in api.events("attempt")]
    assert len(attempts) == 3
    assert all(f"attempt {number} of 3" in event for number, event in enumerate(attempts, start=1))


def test_stops_with_open_connections(processes: Processes, redis_url: str) -> None:
    """SIGTERM ends it with exit code 0 within 5 s, though a client keeps its connection."""
    api = processes.api(redis_url)
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        assert http.get("/health/live").status_code == 200
        api.terminate()
        assert api.wait(timeout_s=5) == 0


def test_small_answers_are_not_held_back(processes: Processes, redis_url: str) -> None:
    """Ten requests on one connection take milliseconds each: no waiting for the client's delayed ACK."""
    with httpx.Client(base_url=base_url(processes.api(redis_url)), timeout=5) as http:
        took: list[float] = []

        def quick() -> bool:
            began = time.monotonic()
            http.get("/health/live")
            took.append(time.monotonic() - began)
            return len(took) >= 10

        wait_until(quick, "ten requests")
    assert min(took) < 0.03
