"""The server that the demo and the tests start."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from services.cli.local.embedded import Server, ServerError, find_server, free_port, port_or_free
from tests.support.processes import Processes, wait_until
from tests.support.servers import chosen_kinds, make_server

MakeServer = Callable[..., Server]


@pytest.fixture(params=chosen_kinds())
def make(request: pytest.FixtureRequest) -> Iterator[MakeServer]:
    """Makes servers of one kind that are ended after the test."""
    made: list[Server] = []

    def make_one(**options: str) -> Server:
        made.append(make_server(request.param, options))
        return made[-1]

    yield make_one
    for each in made:
        each.close()


def test_starts_and_ends(make: MakeServer) -> None:
    """A started server answers on its port; a closed one is gone with its folder."""
    server = make().start()
    assert Redis.from_url(server.url).ping()
    pid = server.pid

    server.close()

    assert not server.answers()
    assert not server.folder.exists()
    assert not Path(f"/proc/{pid}").exists()


def test_what_was_synced_survives_a_kill(make: MakeServer) -> None:
    """With its append-only file synced always, a killed server comes back on its port with its data."""
    server = make(appendonly="yes", appendfsync="always").start()
    with Redis.from_url(server.url) as client:
        client.set("kept", "yes")
        server.kill()
        assert not server.is_running

        server.start()

        assert client.get("kept") == b"yes"


def test_restart_without_a_file_loses_everything(make: MakeServer) -> None:
    """Without an append-only file a server that was started again is empty."""
    server = make().start()
    with Redis.from_url(server.url) as client:
        client.set("kept", "no")

        server.restart()

        assert client.dbsize() == 0


@pytest.mark.slow
def test_stands_still_and_goes_on(make: MakeServer) -> None:
    """A paused server answers nothing, a resumed one does again; a paused one can be ended."""
    server = make().start()

    server.pause()
    assert not server.answers()
    server.resume()
    assert server.answers()

    server.pause()
    server.stop()
    assert not server.is_running


def test_a_wrong_option_shows_the_log(make: MakeServer) -> None:
    """A server that does not start says why."""
    with pytest.raises(ServerError, match=r"(?s)does not start:.*maxmemory-policy"):
        make(**{"maxmemory-policy": "nonsense"}).start()


@pytest.mark.slow
def test_dies_with_whoever_started_it(processes: Processes, tmp_path: Path) -> None:
    """A server whose parent is killed does not stay."""
    code = (
        "from services.cli.local.embedded import *; import time; "
        "server = Server(find_server()).start(); print(server.pid, flush=True); time.sleep(60)"
    )
    parent = processes.start("-c", code, environment={"TMPDIR": str(tmp_path)})
    wait_until(lambda: parent.printed, "the server's process number")
    server = Path(f"/proc/{parent.printed[0]}")
    assert server.exists()

    os.kill(parent.pid, signal.SIGKILL)

    wait_until(lambda: not server.exists(), "the server's end")


def test_finds_a_program_by_its_path(tmp_path: Path) -> None:
    """A path names the program; one that is not there is an error."""
    assert find_server(sys.executable) == sys.executable

    with pytest.raises(ServerError, match="no server program"):
        find_server(str(tmp_path / "none"))


def test_takes_the_usual_port_only_when_it_is_free(make: MakeServer) -> None:
    """A port that somebody listens on is not taken."""
    server = make().start()
    assert port_or_free(server.port) not in {server.port, 0}

    usual = free_port()
    assert port_or_free(usual) == usual
