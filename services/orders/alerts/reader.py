"""The alert stream read from a position on, with what Redis says of the stream at that moment."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from redis.exceptions import ResponseError

from shared.commit.stream_position import START, StreamFacts, StreamPosition, unreadable
from shared.redis.link import Command, Link, command

AT_ONCE: Final = 1000
_WAIT_MS: Final = 100
"""Well below a link's time-out, and shorter than anybody waits for a service that is to stop."""


class Alerts(NamedTuple):
    """What follows a position."""

    facts: StreamFacts
    positions: Sequence[StreamPosition]
    fields: Sequence[list[bytes]]
    """Of each alert: name, value, name, value …"""
    trimmed: int
    """Alerts before these that are gone unsent, each said once."""


class AlertReader:
    """Reads the alert stream.

    Args:
        link: to Redis.
        stream: its name.
    """

    def __init__(self, link: Link, stream: str) -> None:
        self._link = link
        self._stream = stream
        self._said_up_to = 0

    def facts(self) -> StreamFacts:
        """What Redis says of the stream now.

        Raises:
            RedisAway: no answer.
        """
        (info,) = self._link.roundtrip([self._command("XINFO", "STREAM", self._stream)])
        return StreamFacts.parse(self._stream, info)

    def read(self, after: StreamPosition, sent: StreamPosition) -> Alerts:
        """What follows a position now, at most `AT_ONCE` alerts, without waiting.

        Args:
            after: the position.
            sent: alerts up to there are not missed when they are gone.

        Raises:
            RedisAway: no answer.
        """
        *_, answers = self._link.roundtrip(
            [
                self._command("MULTI"),
                self._command("XINFO", "STREAM", self._stream),
                self._command("XREAD", "COUNT", AT_ONCE, "STREAMS", self._stream, after.entry_id),
                self._command("EXEC"),
            ]
        )
        if isinstance(answers, ResponseError):
            raise unreadable(self._stream, answers)
        info, found = answers
        facts = StreamFacts.parse(self._stream, info)
        entries = found[0][1] if found else []
        before = max(after.ordinal, facts.removed)
        if len(entries) < AT_ONCE:  # the last ones there are: so they end it, whatever was deleted by hand
            before = facts.added - len(entries)
        positions = [StreamPosition(each[0], before + place) for place, each in enumerate(entries, start=1)]
        trimmed = self._missed(facts.removed, max(after.ordinal, sent.ordinal))
        return Alerts(facts, positions, [each[1] for each in entries], trimmed)

    def _missed(self, removed: int, known: int) -> int:
        missed = removed - max(known, min(self._said_up_to, removed))
        if missed > 0:
            self._said_up_to = removed
        return max(missed, 0)

    def wait(self, after: StreamPosition) -> None:
        """Wait until something follows a position, but not long.

        Raises:
            RedisAway: no answer.
        """
        words = ("COUNT", 1, "BLOCK", _WAIT_MS, "STREAMS", self._stream, after.entry_id)
        self._link.roundtrip([self._command("XREAD", *words)])

    def step_back(self, position: StreamPosition, alerts: int) -> StreamPosition:
        """The position so many alerts before another, or before the first one that is left.

        Raises:
            RedisAway: no answer.
        """
        at, left = position, alerts
        while left:
            count = min(left, AT_ONCE)
            words = (at.entry_id, "-", "COUNT", count + 1)
            (found,) = self._link.roundtrip([self._command("XREVRANGE", self._stream, *words)])
            if isinstance(found, ResponseError):
                raise unreadable(self._stream, found)
            if len(found) <= count:
                return START._replace(ordinal=max(at.ordinal - len(found), 0))
            at = StreamPosition(found[count][0], at.ordinal - count)
            left -= count
        return at

    def _command(self, *words: str | bytes | int) -> Command:
        return command(self._stream, *words)
