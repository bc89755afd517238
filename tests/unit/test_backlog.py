"""What waits for clients: counted once however many share it, and bounded by dropping who does not read."""

import asyncio

import pytest

from services.web.http import backlog as module
from services.web.http.backlog import Backlog, Reader


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not moved for 50 ms does not read."""
    monkeypatch.setattr(module, "_STALLED_S", 0.05)
    monkeypatch.setattr(module, "_LOOK_S", 0.01)


def test_what_is_shared_counts_once() -> None:
    """A chunk counts from the first who waits for it to the last."""
    backlog, chunk, other = Backlog(100), bytes(60), bytes(60)
    backlog.hold(chunk)
    backlog.hold(chunk)
    assert backlog.size == 60
    backlog.hold(other)
    assert backlog.size == 120
    backlog.release(chunk)
    assert backlog.size == 120
    backlog.release(chunk)
    backlog.release(other)
    assert backlog.size == 0


async def send(backlog: Backlog, name: str, aborted: dict[str, asyncio.Event], *, reads: bool) -> None:
    """Send ten bytes to a client that takes some all the time, or nothing, until it is cut off."""
    gone = aborted.setdefault(name, asyncio.Event())
    with backlog.sending(Reader(name, gone.set), bytes(bytearray(10))) as moved:
        while not gone.is_set():
            await asyncio.sleep(0.005)
            if reads:
                moved()


def test_room_is_made_by_those_who_do_not_read() -> None:
    """Who needs room gets it when somebody who takes nothing was dropped; who reads stays."""

    async def scenario() -> None:
        backlog, aborted = Backlog(40), dict[str, asyncio.Event]()
        silent = [asyncio.create_task(send(backlog, f"silent {n}", aborted, reads=False)) for n in range(2)]
        await asyncio.sleep(0.01)
        quick = [asyncio.create_task(send(backlog, f"quick {n}", aborted, reads=True)) for n in range(2)]
        await asyncio.sleep(0)
        assert backlog.size == 40
        async with asyncio.timeout(5):
            await backlog.room()
        assert {name for name, event in aborted.items() if event.is_set()} <= {"silent 0", "silent 1"}
        assert backlog.dropped == sum(event.is_set() for event in aborted.values()) >= 1
        assert backlog.size < 40
        for event in aborted.values():
            event.set()
        await asyncio.gather(*silent, *quick)
        assert backlog.size == 0

    asyncio.run(scenario())


def test_there_is_room_at_once() -> None:
    """Below the bound nobody waits and nobody is dropped, however long they take."""

    async def scenario() -> None:
        backlog, aborted = Backlog(40), dict[str, asyncio.Event]()
        silent = asyncio.create_task(send(backlog, "silent", aborted, reads=False))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(1):
            await backlog.room()
        assert backlog.dropped == 0
        aborted["silent"].set()
        await silent

    asyncio.run(scenario())


def test_what_is_published_beyond_the_bound() -> None:
    """Something new for live readers drops who does not read, and waits for nobody."""

    async def scenario() -> None:
        backlog, aborted = Backlog(40), dict[str, asyncio.Event]()
        silent = asyncio.create_task(send(backlog, "silent", aborted, reads=False))
        await asyncio.sleep(0.1)
        backlog.hold(news := bytes(40))
        await silent
        assert aborted["silent"].is_set()
        backlog.release(news)
        assert backlog.size == 0

    asyncio.run(scenario())
