"""What a batch leaves goes to Redis, source by source, and is acknowledged when Redis has it."""

import logging
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial

from shared.base.source import Origin, Source
from shared.commit.chunks import Effect, cut
from shared.commit.positions import Positions
from shared.commit.source_commit import POSITION_FIELDS, CommitChunk, Outcome, SourceCommit, has_lost
from shared.redis.link import RedisLink, command
from shared.redis.retry import RedisRetry
from shared.service.ack_batching import AckBatching
from shared.service.intake import Batch, Part, Sender
from shared.service.plain_source import PlainSource


class _Begun:
    """A commit on its way."""

    def __init__(self) -> None:
        self.resumable: dict[Sender, SourceCommit] = {}
        self.plain: list[SourceCommit] = []
        self.effects: dict[Sender | None, Sequence[Effect]] = {}
        """By sender; None for all that cannot be resumed."""
        self.messages = 0

    @property
    def pending(self) -> list[SourceCommit]:
        """What is committed."""
        return [*self.resumable.values(), *self.plain]


class SourceCommits:
    """Commits batches and acknowledges them.

    Args:
        positions: where the positions of the sources are.
        plain: what all that cannot be resumed comes from.
        retry: waits while Redis is away.
    """

    def __init__(self, positions: Positions, plain: PlainSource, retry: RedisRetry) -> None:
        self._positions = positions
        self._plain = plain
        self._retry = retry
        self._owners: dict[str, Sender] = {}
        self._lost: list[Sender] = []
        self._begun = _Begun()
        self._settling = AckBatching()
        self.due_in_s = self._settling.due_in_s
        """How long until `settle` is due; endless if there is nothing to settle."""

    def own(self, sender: Sender, source: Source) -> Sender | None:
        """A sender is the owner of its source from now on; who was it before."""
        before = self._owners.get(source.key)
        if before is not None:
            self.forget(before)
        self._owners[source.key] = sender
        return before

    def forget(self, sender: Sender) -> None:
        """A sender has ended, or is not listened to any more."""
        self._settling.forget(sender)
        self._lost = [each for each in self._lost if each is not sender]
        source = sender.source
        if source is not None and self._owners.get(source.key) is sender:
            del self._owners[source.key]

    def begin(self, batch: Batch, effects: Sequence[Effect]) -> None:
        """Send what a batch leaves to Redis, source by source; `conclude` has to be called before the next.

        What leaves no effect is settled later. Until then its sender has no ACK and would send it again, and
        what is done again leaves no effect that is there already: a quote is the same quote, and an order
        that has raised no alert is judged by the quote of then. (A contested batch moves its position at
        once, because others watch that.)
        """
        begun = self._begun
        plain: list[tuple[Part, Sequence[Effect]]] = []
        for part, own in _by_part(batch.parts, effects):
            sender = part.sender
            if sender.is_dismissed:
                continue
            if sender.source is None:
                plain += [(part, own)] if own else []
                begun.messages += part.messages if own else 0
                sender.acknowledge_later()
            elif own or part.is_contested:
                begun.messages += self._settling.take(sender) + at_stake(part)
                begun.resumable[sender] = self._commit_of(sender.source, part, own)
                begun.effects[sender] = own
            else:
                position = part.position_after(part.first + part.messages)
                self._settling.add(sender, part.messages, position)
                sender.acknowledge_later()
        if plain:
            self._retry(partial(self._plain.open, self._positions))
            begun.plain = [self._plain.commit_of(plain, batch.messages, self._positions.arguments_of)]
            begun.effects[None] = [effect for _, own in plain for effect in own]
        if self.due_in_s() <= 0:
            self._settle()
        if pending := begun.pending:
            self._retry(lambda: self._positions.start(pending))

    def conclude(self) -> Sequence[Effect]:
        """Wait until Redis has what was begun, and acknowledge it; the effects that it has."""
        begun = self._begun
        if pending := begun.pending:
            self._retry(lambda: self._positions.commit(pending))
        for sender, commit in begun.resumable.items():
            self._answer(sender, commit)
        self._begun = _Begun()
        return [
            effect
            for sender, effects in begun.effects.items()
            if sender is None or begun.resumable[sender].outcome is Outcome.COMMITTED
            for effect in effects
        ]

    def settle(self) -> None:
        """Move the positions of all sources to where they stand, and acknowledge it; nothing may be begun."""
        self._settle()
        self.conclude()

    def _settle(self) -> None:
        """Let what was begun move all positions."""
        for sender, messages, position in self._settling.take_all():
            if sender.source is not None and not sender.is_dismissed:
                self._begun.resumable[sender] = SourceCommit(sender.source, [CommitChunk([], position)])
                self._begun.messages += messages

    @property
    def waiting(self) -> int:
        """How many messages were dealt with, but Redis is not known to have it."""
        return self._settling.messages + self._begun.messages

    def _commit_of(self, source: Source, part: Part, effects: Sequence[Effect]) -> SourceCommit:
        """What a part of a batch leaves, with the position of its source."""
        origins = [Origin(part.first, source.name, part.sequence)]
        arguments_of = partial(self._positions.arguments_of, origins)
        end = part.first + part.messages
        return SourceCommit(source, cut(effects, arguments_of, end, part.position_after))

    def _answer(self, sender: Sender, commit: SourceCommit) -> None:
        if commit.outcome is Outcome.COMMITTED:
            sender.acknowledge(commit.source.position)
            return
        self.forget(sender)
        if commit.outcome is Outcome.FENCED:
            sender.fenced()
        elif commit.outcome is Outcome.LOST:
            self._retry.doubt.raise_()
            _tell_of_loss(sender, commit.source)
        elif commit.outcome is Outcome.OUTDATED:
            why = f"version {commit.source.limits} of the limits has judged messages of {commit.source.key}"
            sender.take_again(f"{why}, so what was not committed is judged again", logging.WARNING)
        else:
            sender.refuse(f"Redis refuses the commit: {commit.error}")

    def look_for_losses(self, link: RedisLink) -> None:
        """See whether Redis still knows how far each source has come, also those that send nothing now.

        Args:
            link: to Redis; another one than that of the commits, which may be under way.

        Raises:
            RedisUnavailable: no answer; call again.
        """
        owners = [(each, each.source) for each in self._owners.values() if each.source is not None]
        asked = [command(source.key, "HMGET", source.key, *POSITION_FIELDS) for _, source in owners]
        for (sender, source), reply in zip(owners, link.roundtrip(asked), strict=True):
            if has_lost(source, reply, sender.is_before):
                self._lost.append(sender)

    def tell_the_lost(self) -> None:
        """Let senders whose position Redis has lost know it."""
        lost, self._lost = self._lost, []
        for sender in lost:
            if not sender.is_dismissed and sender.source is not None:
                self.forget(sender)
                _tell_of_loss(sender, sender.source)


def _tell_of_loss(sender: Sender, source: Source) -> None:
    sender.take_again(f"Redis has lost the position of {source.key}", logging.ERROR)


def at_stake(part: Part | Batch) -> int:
    """How many messages are lost with this process: none of those that others find where they came from."""
    return 0 if part.is_contested else part.messages


def _by_part(parts: Sequence[Part], effects: Sequence[Effect]) -> Iterator[tuple[Part, Sequence[Effect]]]:
    """Each part's effects, which are in the order of the messages."""
    if len(parts) == 1:
        yield parts[0], effects
        return
    start = 0
    for part in parts:
        end = bisect_left(effects, part.first + part.messages, start, key=lambda each: each.frame)
        yield part, effects[start:end]
        start = end
