"""The fan-out: shared chunks, bounded queues, slow clients."""

import asyncio

from services.web.http.backlog import Backlog
from services.web.live.fanout import MOST_QUEUED, Channel, Client


def make_client(aborted: list[str], name: str) -> Client:
    """A client that notes when it is cut off."""
    return Client(name, lambda: aborted.append(name), Backlog())


def test_everybody_gets_the_same_objects_in_order() -> None:
    """All clients get the very same chunks, in the order in which they were published."""
    channel, aborted = Channel(), list[str]()
    clients = [make_client(aborted, str(number)) for number in range(3)]
    channel.clients.update(clients)
    chunks = [b"a", b"b", b"c"]

    async def read_all(client: Client) -> list[bytes | None]:
        return [await client.get() for _ in chunks]

    for chunk in chunks:
        channel.publish(chunk)
    for client in clients:
        got = asyncio.run(read_all(client))
        assert all(one is other for one, other in zip(got, chunks, strict=True))
    assert (aborted, channel.published, channel.dropped) == ([], 3, 0)


def test_a_slow_client_is_cut_off_alone() -> None:
    """A client whose queue is full is aborted, counted and forgotten; the others go on."""
    channel, aborted = Channel(), list[str]()
    slow, quick = make_client(aborted, "slow"), make_client(aborted, "quick")
    channel.clients.update({slow, quick})
    half = bytes(MOST_QUEUED // 2)

    async def scenario() -> None:
        for _ in range(4):
            channel.publish(half)
            assert await quick.get() is half

    asyncio.run(scenario())
    assert aborted == ["slow"]
    assert channel.clients == {quick}
    assert channel.dropped == 1


def test_one_large_chunk_drops_nobody_who_reads() -> None:
    """A chunk above the bound, all symbols at once for instance, reaches whoever is not far behind."""
    channel, aborted = Channel(), list[str]()
    channel.clients.add(client := make_client(aborted, "one"))
    large = bytes(2 * MOST_QUEUED)

    async def scenario() -> None:
        for _ in range(2):
            channel.publish(b"small")
            channel.publish(large)
            assert [await client.get(), await client.get()] == [b"small", large]

    asyncio.run(scenario())
    assert aborted == []


def test_end_comes_after_what_is_queued() -> None:
    """A stream that ends still gives what was published before, and then None."""
    client = make_client([], "one")

    async def scenario() -> list[bytes | None]:
        client.put(b"last")
        client.end()
        return [await client.get(), await client.get()]

    assert asyncio.run(scenario()) == [b"last", None]


def test_waits_for_news() -> None:
    """A client without chunks waits until there is one."""
    client = make_client([], "one")

    async def scenario() -> bytes | None:
        waiting = asyncio.create_task(client.get())
        await asyncio.sleep(0)
        assert not waiting.done()
        client.put(b"news")
        return await waiting

    assert asyncio.run(scenario()) == b"news"
