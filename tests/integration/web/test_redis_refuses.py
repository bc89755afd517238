"""Redis that is there but refuses is told apart from Redis that is out of reach, with what to do."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from redis import Redis

from services.cli.local.embedded import Server
from tests.integration.web.conftest import base_url
from tests.support.event_source import EventSource
from tests.support.processes import Process, Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

RIGHTS = "+@connection +info (+smembers +hmget ~symbol*)"


@pytest.fixture(params=chosen_kinds())
def guarded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A server with an administrator, and a user that may do a little."""
    users = tmp_path / "users.acl"
    users.write_text(f"user default off\nuser admin on >root ~* &* +@all\nuser desk on >secret {RIGHTS}\n")
    server = make_server(request.param, {"aclfile": str(users)})
    server.start()
    yield server
    server.close()


@pytest.fixture
def admin(guarded: Server) -> Iterator[Redis]:
    """Its administrator."""
    with Redis(port=guarded.port, username="admin", password="root", protocol=2) as client:
        yield client


@pytest.fixture
def api(processes: Processes, guarded: Server) -> Process:
    """An API under that user."""
    return processes.api(f"redis://desk:secret@127.0.0.1:{guarded.port}/0")


def test_a_right_that_is_missing(api: Process) -> None:
    """A route that needs more than the user may is a 503 that says what Redis said; others go on."""
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        refused = http.get("/alerts")

        assert refused.status_code == 503
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["detail"].startswith("Redis refuses: ")
        assert "permission" in refused.json()["detail"]
        assert "docs/security.md" in refused.json()["detail"]
        assert "out of reach" not in refused.text
        assert http.get("/symbols").status_code == 200
        assert http.get("/status").json()["redis"]["state"] == "refused"
        assert http.get("/health/ready").status_code == 200


def test_a_password_that_was_changed(api: Process, admin: Redis) -> None:
    """When Redis lets us in no longer, routes, health, status and the log say so, until it does again."""
    with (
        httpx.Client(base_url=base_url(api), timeout=5) as http,
        EventSource(api.address(), "/stream/symbols") as stream,
    ):
        stream.until("snapshot")
        admin.execute_command("ACL", "SETUSER", "desk", "resetpass", ">another")
        admin.client_kill_filter(_type="normal", skipme=True)

        answer = http.get("/symbols")
        assert answer.status_code == 503
        assert answer.json()["detail"].startswith("Redis refuses: ")
        assert "password" in answer.json()["detail"]
        ready = http.get("/health/ready")
        assert ready.status_code == 503
        assert ready.json()["failing"]["redis"].startswith("Redis refuses: ")
        assert http.get("/status").json()["redis"]["state"] == "refused"
        api.wait_for("Redis refuses, streams stand still")

        admin.execute_command("ACL", "SETUSER", "desk", ">secret")
        wait_until(lambda: http.get("/health/ready").status_code == 200, "Redis lets us in again")


def test_out_of_reach_in_plain_words(processes: Processes, guarded: Server) -> None:
    """Redis that is gone is out of reach, where it was looked for, without a word of Python."""
    api = processes.api(f"redis://desk:secret@127.0.0.1:{guarded.port}/0")
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        assert http.get("/symbols").status_code == 200
        guarded.kill()
        said = f"no connection to 127.0.0.1:{guarded.port}: connection refused"
        assert http.get("/symbols").json()["detail"] == f"Redis is out of reach: {said}"
        assert http.get("/health/ready").json()["failing"] == {"redis": said}
        assert http.get("/status").json()["redis"] == {
            "state": "away", "detail": said, "roundtrip_ms": None,
        }  # fmt: skip


def test_keys_that_may_be_evicted(api: Process, admin: Redis) -> None:
    """While Redis may evict keys the API is ready, but with a warning, which the log has once."""
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        assert http.get("/health/ready").json() == {"status": "ok"}
        admin.config_set("maxmemory-policy", "allkeys-lru")
        for _ in range(2):
            answer = http.get("/health/ready")
            assert answer.status_code == 200
            (warning,) = answer.json()["warnings"]
            assert "maxmemory-policy allkeys-lru" in warning
            assert "noeviction" in warning
        api.wait_for("allkeys-lru")
        assert len(api.events("allkeys-lru")) == 1
        admin.config_set("maxmemory-policy", "noeviction")
        assert http.get("/health/ready").json() == {"status": "ok"}


def test_a_user_that_may_not_ask(api: Process, admin: Redis) -> None:
    """Without the right to ask for it there is no warning, and Redis is asked once and not at every probe."""
    api.wait_for("listening")
    admin.execute_command("ACL", "SETUSER", "desk", "-info")
    admin.config_set("maxmemory-policy", "allkeys-lru")
    with httpx.Client(base_url=base_url(api), timeout=5) as http:
        for _ in range(3):
            assert http.get("/health/ready").json() == {"status": "ok"}
    assert [entry["count"] for entry in admin.acl_log() if entry["object"] == "info"] == [1]
