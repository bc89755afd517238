"""One run: phases of the market go on while faults strike, and then everything is counted."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from faults.hash_watch import HashWatch
from faults.limits.activator import Activator
from faults.limits.publisher import Publisher
from faults.loss import Loss
from faults.market import ORDERS, QUOTES, STREAM_SOURCE, Market, Phase
from faults.oracle import Oracle
from faults.outcome import Outcome
from faults.producer import Producer
from faults.sender import Sender
from faults.stage import Stage
from faults.striker import Striker
from faults.subscriber import Subscriber
from faults.verdict import Verdict
from shared.redis.url import open_link

_SEEN_WITHIN_S: Final = 10.0
_ENDED_WITHIN_S: Final = 1.0
_STANDS_WITHIN_S: Final = 120.0
_LOOK_AGAIN_S: Final = 0.5
_LONGEST_GAP_S: Final = 3.0
QUOTE_SOURCES: Final = 2
ORDER_SOURCES: Final = tuple(f"orders-{number}" for number in range(4))
"""Besides the streams."""
_PHASE_S: Final = 90.0
"""A phase that takes longer is stuck; it takes 2 to 15 s."""


class Run:
    """Plays a seeded market on a stage and strikes it.

    Args:
        stage: the processes, running.
        faults: how many.
        activations: how many versions of the limits become active meanwhile.
        seed: decides everything that is not left to the operating system.
        say: told what goes on, now and then.
        kinds: the kinds of faults; all that there are if it names none.
        is_brisk: whether phases and pauses are short.
        aims_between_chunks: whether faults that can be wait for a commit that has taken effect in part.
    """

    def __init__(
        self,
        stage: Stage,
        faults: int,
        activations: int,
        seed: int,
        say: Callable[[str], None],
        *,
        kinds: Sequence[str] = (),
        is_brisk: bool = False,
        aims_between_chunks: bool = False,
    ) -> None:
        self._stage = stage
        self._say = say
        self._oracle = Oracle()
        self._verdict = Verdict()
        self._market = Market(
            seed, QUOTE_SOURCES + 1, [*ORDER_SOURCES, STREAM_SOURCE], size=0.3 if is_brisk else 1.0
        )
        redises = stage.redises
        self._quotes: list[Sender | Producer] = [
            Sender(
                f"quotes-{number}", stage.quote_ports, f"{seed}/quotes/{number}", self._oracle.quotes,
                may_go_back=redises.may_go_back,
            )
            for number in range(QUOTE_SOURCES)
        ]  # fmt: skip
        self._streams = [
            Producer(
                name, redises.async_client(), f"{seed}/{name}", told,
                may_go_back=redises.may_go_back, keeps_all=redises.loses_data,
            )
            for name, told in ((QUOTES, self._oracle.quotes), (ORDERS, self._oracle.orders))
        ]  # fmt: skip
        self._orders: list[Sender | Producer] = [
            Sender(
                name, stage.order_ports, f"{seed}/{name}", self._oracle.orders,
                may_go_back=redises.loses_data,
            )
            for name in ORDER_SOURCES
        ]  # fmt: skip
        self._quotes.append(self._streams[0])
        self._orders.append(self._streams[1])
        self._subscriber = Subscriber(stage.api_port)
        self._subscriber.seen.may_have_gaps = redises.loses_data
        self._watch = HashWatch(
            redises.client, self._oracle.quotes, self._verdict,
            times_may_fall=redises.may_go_back and not redises.loses_data,
        )  # fmt: skip
        self._striker = Striker(
            stage, faults, f"{seed}/faults", self._in_flight, self._watch, self._tell_of_loss,
            kinds=kinds, is_brisk=is_brisk, aims_between_chunks=aims_between_chunks,
        )  # fmt: skip
        self._link = open_link(redises.url(""))
        publisher = Publisher(self._link, waits_for_replica=redises.may_go_back and not redises.loses_data)
        self._activator = Activator(
            activations, f"{seed}/limits", publisher, self._oracle.limits,
            lambda: self._striker.progress, 1.0 if is_brisk else _LONGEST_GAP_S,
        )  # fmt: skip
        self._outcome = Outcome(
            faults=self._striker.struck, activations=self._activator.activations, verdict=self._verdict
        )

    async def run(self) -> Outcome:
        """Play until all faults have struck; the outcome, with whatever went wrong."""
        began_s = time.monotonic()
        try:
            async with asyncio.TaskGroup() as tasks:
                senders = [tasks.create_task(each.run()) for each in [*self._quotes, *self._orders]]
                reading = [tasks.create_task(each.run()) for each in (self._subscriber, self._watch)]
                try:
                    await self._play(tasks, began_s)
                    await self._until_all_stand_at_their_end()
                    await _end(senders)
                    await self._until_all_is_seen()
                finally:  # the group alone cancels once, which is not enough
                    await _end([*senders, *reading])
        except* Exception as group:  # noqa: BLE001 - whatever it is belongs into the report
            self._outcome.wrong += [f"{type(error).__name__}: {error}" for error in _leaves(group)]
        self._outcome.elapsed_s = time.monotonic() - began_s
        self._count()
        alerts, hashes = await self._stage.alerts(), await self._stage.hashes()
        self._link.close()
        self._oracle.judge(
            alerts, hashes, self._subscriber.seen, self._verdict,
            given_up=max(self._outcome.given_up_limits, default=0),
        )  # fmt: skip
        return self._outcome

    async def _play(self, tasks: asyncio.TaskGroup, began_s: float) -> None:
        """Phase after phase until all has struck and all was activated, and one more in peace."""
        await self._phase(self._market.still_phase())
        acting = [
            tasks.create_task(self._striker.run(began_s)),
            tasks.create_task(self._activator.run(began_s)),
        ]
        while not all(each.done() for each in acting):
            await self._phase(self._market.flowing_phase())
            await self._phase(self._market.still_phase())
        await self._phase(self._market.still_phase())

    def _tell_of_loss(self, loss: Loss) -> None:
        """The entries of the streams are taken again without anybody's adding them again.

        Versions of the limits may be gone, too.
        """
        for stream in self._streams:
            stream.lost(loss.positions_left)
        if loss.limits_left is not None:
            self._oracle.limits.lost(loss.limits_left)

    async def _until_all_stand_at_their_end(self) -> None:
        """Let sources whose position Redis has lost hear of it: nobody tells those that have nothing to send.

        Raises:
            TimeoutError: one does not get there.
        """
        sources = [*self._quotes, *self._orders]
        deadline_s = time.monotonic() + _STANDS_WITHIN_S
        while self._stage.redises.loses_data:
            positions = await self._stage.positions()
            behind = [each for each in sources if positions.get(each.name, 0) != each.end]
            if not behind:
                return
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"not at their end: {[each.name for each in behind]}, but {positions}")
            for source in behind:
                if not source.in_flight and source.acknowledged == source.end:
                    source.ask_again()
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _until_all_is_seen(self) -> None:
        """Wait for the subscriber; whether it has seen the right ones is judged later."""
        alerts = {entry_id for entry_id, _ in await self._stage.alerts()}
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_SEEN_WITHIN_S):
                while not alerts.issubset(self._subscriber.seen.alerts):
                    await asyncio.sleep(_LOOK_AGAIN_S)

    async def _phase(self, phase: Phase) -> None:
        quotes = [each.deliver(items) for each, items in zip(self._quotes, phase.quotes, strict=True)]
        orders = [each.deliver(items) for each, items in zip(self._orders, phase.orders, strict=True)]
        if phase.is_flowing:
            await self._all([*quotes, *orders])
        else:
            await self._all(quotes)
            await self._all(orders)
        self._outcome.phases += 1
        self._outcome.quotes += sum(map(len, phase.quotes))
        self._outcome.orders += sum(map(len, phase.orders))
        self._say(f"phase {self._outcome.phases}: {len(self._striker.struck)} faults so far")

    async def _all(self, deliveries: Sequence[Awaitable[None]]) -> None:
        try:
            async with asyncio.timeout(_PHASE_S):
                await asyncio.gather(*deliveries)
        except TimeoutError as error:
            raise TimeoutError(f"stuck in a phase with {self._in_flight('')} in flight") from error

    def _in_flight(self, process: str) -> dict[str, int]:
        """Frames in flight to a process; to all of them if it is one that all of them go through."""
        senders = [*self._quotes, *self._orders]
        if process in self._stage.quote_ports or process in self._stage.order_ports:
            senders = [each for each in senders if each.connected_to == process]
        return {each.name: each.in_flight for each in senders if each.in_flight}

    def _count(self) -> None:
        senders = [*self._quotes, *self._orders]
        self._outcome.connections = sum(each.connections for each in senders)
        self._outcome.subscriptions = self._subscriber.connections
        self._outcome.left_behind = sum(each.left_behind for each in senders)
        self._outcome.takeovers = self._stage.redises.takeovers
        self._outcome.taken_back = sum(each.taken_back for each in senders)
        self._outcome.given_up_limits = self._stage.given_up_limits()
        self._outcome.fenced = sum(each.fenced for each in senders)


def _leaves(group: BaseExceptionGroup[Exception]) -> list[BaseException]:
    """The exceptions in a group of groups."""
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel until they have ended: redis-py swallows a cancellation that meets one of its time-outs."""
    while left := [each for each in tasks if not each.done()]:
        for task in left:
            task.cancel()
        await asyncio.wait(left, timeout=_ENDED_WITHIN_S)
