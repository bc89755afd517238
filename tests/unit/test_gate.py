"""The gate: so many at once, the others in order, and none left waiting for what has failed."""

import asyncio

import pytest

from shared.redis.aio.gate import Gate, Overloaded
from shared.redis.link import RedisAway, RedisRefused


async def settle() -> None:
    """Let everything run that can."""
    for _ in range(20):
        await asyncio.sleep(0)


async def pass_through(gate: Gate, name: int, inside: list[int], until: asyncio.Event) -> None:
    """Be inside until an event."""
    async with gate:
        inside.append(name)
        await until.wait()


def test_so_many_at_once_and_in_order() -> None:
    """Two are inside, the third comes in when one leaves, and the fourth is turned away."""

    async def scenario() -> None:
        gate, inside = Gate(2, queue=1), list[int]()
        events = [asyncio.Event() for _ in range(4)]
        tasks = [asyncio.create_task(pass_through(gate, n, inside, events[n])) for n in range(4)]
        await settle()
        assert inside == [0, 1]
        with pytest.raises(Overloaded, match="too many requests"):
            await tasks[3]
        events[1].set()
        await settle()
        assert inside == [0, 1, 2]
        for event in events:
            event.set()
        await asyncio.gather(*tasks[:3])
        await asyncio.wait_for(pass_through(gate, 9, inside, events[0]), 1)  # nobody is left inside

    asyncio.run(scenario())


def test_without_a_bound_all_wait() -> None:
    """Where the queue has no bound nobody is turned away."""

    async def scenario() -> None:
        gate, inside, done = Gate(1), list[int](), asyncio.Event()
        tasks = [asyncio.create_task(pass_through(gate, n, inside, done)) for n in range(50)]
        await settle()
        done.set()
        await asyncio.gather(*tasks)
        assert inside == list(range(50))

    asyncio.run(scenario())


@pytest.mark.parametrize(("error", "ends_others"), [(RedisAway("gone"), True), (RedisRefused("no"), False)])
def test_what_has_failed_for_one(error: RedisAway, *, ends_others: bool) -> None:
    """Redis away ends the wait of all with the same words; a refusal is one request's own."""

    async def fail(gate: Gate) -> None:
        async with gate:
            await settle()
            raise error

    async def scenario() -> None:
        gate, inside, done = Gate(1), list[int](), asyncio.Event()
        done.set()
        failing = asyncio.create_task(fail(gate))
        await asyncio.sleep(0)
        others = [asyncio.create_task(pass_through(gate, n, inside, done)) for n in range(3)]
        results = await asyncio.gather(failing, *others, return_exceptions=True)
        assert results[0] is error
        assert [str(each) for each in results[1:]] == (["gone"] * 3 if ends_others else ["None"] * 3)
        await asyncio.wait_for(pass_through(gate, 9, inside, done), 1)

    asyncio.run(scenario())


def test_who_is_cancelled_leaves_no_hole() -> None:
    """A request that is cancelled while it waits, or as it is let in, takes nobody's place."""

    async def scenario() -> None:
        gate, inside, done = Gate(1), list[int](), asyncio.Event()
        done.set()
        async with gate:
            waiting = [asyncio.create_task(pass_through(gate, n, inside, done)) for n in (1, 2, 3)]
            await settle()
            waiting[0].cancel()
        waiting[1].cancel()  # it has been let in, and has not run yet
        await waiting[2]
        assert inside == [3]
        await asyncio.wait_for(pass_through(gate, 9, inside, done), 1)

    asyncio.run(scenario())


def test_waits_until_there_is_room() -> None:
    """Who is let in goes on only when the condition is met, and leaves again if that fails."""

    async def scenario() -> None:
        room, answers = asyncio.Event(), iter([RuntimeError("no room"), None])

        async def until() -> None:
            await room.wait()
            if (error := next(answers)) is not None:
                raise error

        gate: Gate = Gate(1, until=until)
        inside, done = list[int](), asyncio.Event()
        done.set()
        tasks = [asyncio.create_task(pass_through(gate, n, inside, done)) for n in range(2)]
        await settle()
        assert inside == []
        room.set()
        with pytest.raises(RuntimeError, match="no room"):
            await tasks[0]
        await tasks[1]
        assert inside == [1]

    asyncio.run(scenario())
