"""What browsers and other clients need of HTTP: other origins, compression, and clear errors."""

import gzip
import socket
from collections.abc import Iterator

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from services.web.__main__ import main
from shared.process.usage import invoke
from tests.integration.web.conftest import base_url
from tests.support.event_source import EventSource
from tests.support.market_state import put_alerts
from tests.support.processes import Process, Processes

DESK, RISK, OTHER = "https://desk.example", "http://risk.example:8080", "https://evil.example"


@pytest.fixture(scope="module")
def allowing(shared_processes: Processes, redis_server: Server) -> Iterator[httpx.Client]:
    """A client of an API with a token that two other origins may read."""
    api = shared_processes.start(
        "-m", "services.web", "--listen", "127.0.0.1:0", "--redis", redis_server.url, "--log-format", "json",
        environment={"MARKET_SPREAD_ALLOW_ORIGIN": f"{DESK} {RISK}", "MARKET_SPREAD_TOKEN": "token"},
    )  # fmt: skip
    with httpx.Client(base_url=base_url(api), timeout=5) as client:
        yield client


@pytest.mark.parametrize("origin", [DESK, RISK])
def test_an_allowed_origin(allowing: httpx.Client, origin: str) -> None:
    """A page of an allowed origin may ask with a token and a last ID, and may read answers and errors."""
    wanted = {
        "Origin": origin,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization, last-event-id",
    }
    for path in ("/alerts", "/stream/alerts", "/symbols/A"):
        preflight = allowing.options(path, headers=wanted)
        assert (preflight.status_code, preflight.content) == (204, b"")
        assert preflight.headers["access-control-allow-origin"] == origin
        allowed = preflight.headers["access-control-allow-headers"].lower().split(", ")
        assert {"authorization", "last-event-id"} <= set(allowed)
        assert "GET" in preflight.headers["access-control-allow-methods"]
    for path, status in (("/alerts", 200), ("/symbols/NONE", 404), ("/alerts?limit=0", 422)):
        answer = allowing.get(path, headers={"Origin": origin, "Authorization": "Bearer token"})
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == origin
        assert "Origin" in answer.headers["vary"]
    without_token = allowing.get("/alerts", headers={"Origin": origin})
    assert without_token.status_code == 401
    assert without_token.headers["access-control-allow-origin"] == origin


def test_another_origin(allowing: httpx.Client) -> None:
    """A page of another origin is told so, and browsers keep the answer from it."""
    wanted = {"Origin": OTHER, "Access-Control-Request-Method": "GET"}
    preflight = allowing.options("/alerts", headers=wanted)

    assert preflight.status_code == 400
    assert preflight.headers["content-type"] == "application/problem+json"
    assert preflight.json()["detail"] == "Disallowed CORS origin"
    assert "access-control-allow-origin" not in preflight.headers
    answer = allowing.get("/alerts", headers={"Origin": OTHER, "Authorization": "Bearer token"})
    assert "access-control-allow-origin" not in answer.headers


def test_without_the_flag(http: httpx.Client) -> None:
    """As long as no origin is allowed nothing is said of origins, and OPTIONS is no method."""
    assert "access-control-allow-origin" not in http.get("/alerts", headers={"Origin": DESK}).headers
    preflight = http.options("/alerts", headers={"Origin": DESK, "Access-Control-Request-Method": "GET"})
    assert preflight.status_code == 405
    assert preflight.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("origin", ["desk.example", "https://desk.example/", "https://", "https://a/b", ""])
def test_what_is_no_origin(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], origin: str
) -> None:
    """A flag that no browser's origin could ever equal is one clear line and exit code 2."""
    monkeypatch.setattr("sys.argv", ["service", "--allow-origin", origin])

    with pytest.raises(SystemExit) as ended:
        invoke(main, "python -m services.web")

    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert "is no origin such as https://desk.example" in line


def test_large_answers_are_compressed(http: httpx.Client, redis_client: Redis) -> None:
    """Above 1 KB an answer is compressed where the client takes it, and it is the same answer."""
    put_alerts(redis_client, 100)
    with httpx.Client(base_url=http.base_url, headers={"Accept-Encoding": "identity"}) as plain:
        whole = plain.get("/alerts?limit=100")
        assert "content-encoding" not in whole.headers
    with http.stream("GET", "/alerts?limit=100", headers={"Accept-Encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
        assert answer.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in answer.headers["vary"]
    assert gzip.decompress(raw) == whole.content
    assert len(raw) < len(whole.content) / 3
    small = http.get("/alerts?limit=1", headers={"Accept-Encoding": "gzip"})
    assert len(small.content) < 1024
    assert "content-encoding" not in small.headers


def test_streams_are_not_compressed(api_process: Process, redis_client: Redis) -> None:
    """An event reaches a client that takes compressed answers as soon as it is there."""
    with httpx.Client(base_url=base_url(api_process), timeout=5) as http:  # noqa: SIM117
        with http.stream("GET", "/stream/alerts", headers={"Accept-Encoding": "gzip"}) as stream:
            assert "content-encoding" not in stream.headers
            chunks = stream.iter_raw()
            text = b""
            while b"id: " not in text:  # it has begun, and misses nothing from now on
                text += next(chunks)
            (new,) = put_alerts(redis_client, 1)
            while f"id: {new}\nevent: alert\n".encode() not in text:
                text += next(chunks)


@pytest.mark.parametrize("target", [b"/alerts?symbol=\xc3\xa9", b"/symbols/\xff", b"/alerts?symbol=a b"])
def test_what_is_no_http(api_process: Process, redis_client: Redis, target: bytes) -> None:
    """A raw character that no URL has is a 400 problem that says what to do."""
    del redis_client
    with socket.create_connection(api_process.address(), timeout=5) as sock:
        sock.sendall(b"GET %b HTTP/1.1\r\nHost: api\r\n\r\n" % target)
        received = b""
        while more := sock.recv(65536):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    answer = httpx.Response(400, content=body)
    assert b"content-type: application/problem+json" in head.lower()
    assert b"content-length: %d" % len(body) in head.lower()
    assert answer.json()["status"] == 400
    assert "%XX" in answer.json()["detail"]


def test_an_unknown_path_is_not_repeated(http: httpx.Client) -> None:
    """A 404 is short, however long what was asked for is."""
    for path in ("/" + "x" * 5000, "/symbols/" + "x" * 5000, "/static/" + "x" * 5000, "/stats/" + "x" * 5000):
        answer = http.get(path)
        assert answer.status_code in {404, 422}
        assert answer.headers["content-type"] == "application/problem+json"
        assert len(answer.content) < 500


def test_events_are_still_read_after_a_page(api_process: Process, redis_client: Redis) -> None:
    """A large chunk that goes out in many parts arrives whole."""
    ids = put_alerts(redis_client, 1000, order_id="x" * 64)
    with EventSource(api_process.address(), "/stream/alerts?after=0") as stream:
        assert [stream.until("alert").data["id"] for _ in ids] == ids
