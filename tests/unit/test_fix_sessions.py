"""The sessions that are connected: Redis says of nobody else that he is."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from shared.base.source import Source
from shared.commit.stream_position import Unusable
from shared.service.fix.journal import Journal
from shared.service.fix.logons import WaitingLogon
from shared.service.fix.sessions import Sessions
from shared.telemetry.fix_metrics import FixMetrics
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start
from tests.support.fix_session import NOW, acceptor


class Connection:
    """A counterparty's."""

    number = 1
    peer = "a peer"


class Redis:
    """Where sessions stand, and whom it says to be connected; counterparties may go while it is asked.

    Args:
        answer: to who opens a session.
        stays: whether the counterparty does.
    """

    def __init__(self, answer: Start | Unusable, *, stays: bool = True) -> None:
        self.connected: set[str] = set()
        self.turned_away: list[str] = []
        self.answer, self.stays = answer, stays

    def open(self, source: Source, *_: object) -> Start:
        """See `FixPositions`."""
        self.connected.add(source.owner)
        if isinstance(self.answer, Unusable):
            raise self.answer
        return self.answer

    def close(self, source: Source) -> None:
        """See `FixPositions`."""
        self.connected.discard(source.owner)

    def answered(self, _: object) -> bool:
        """See `Logons`."""
        return self.stays

    def turn_away(self, _: object, text: str) -> None:
        """See `Logons`."""
        self.turned_away.append(text)


def retry(step: Callable[[], Any], **_: object) -> Any:
    """Redis is there."""
    return step()


@pytest.mark.parametrize(
    ("redis", "turned_away"),
    [
        (Redis(Start(Expected(0, 1), NOW, 1, 1001), stays=False), []),
        (Redis(Unusable("no position")), ["no position"]),
    ],
    ids=["it has gone", "Redis has nonsense"],
)
def test_a_logon_that_comes_to_nothing_leaves_nobody_connected(redis: Redis, turned_away: list[str]) -> None:
    """Its counterparty went while Redis was asked, or what Redis has is no position."""
    settings, fake = acceptor(), cast(Any, redis)
    journals = {settings.name: Journal(settings, FixMetrics(), lambda: NOW)}
    parts = fake, fake, fake, fake, cast(Any, retry), lambda _: fake
    sessions = Sessions([settings], str, *parts, journals, lambda: NOW)
    sessions.log_on(WaitingLogon(cast(Any, Connection()), settings, bytearray(), 0, NOW))

    assert (len(sessions), redis.connected, redis.turned_away) == (0, set(), turned_away)
