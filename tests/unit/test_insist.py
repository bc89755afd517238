"""Insisting on a step: again until it works, until it is over, and what happens to the links meanwhile."""

from collections.abc import Callable, Iterator

import pytest

from shared.insist import GaveUp, Insistence
from shared.redis_link import Holding, RedisAway
from tests.links import LinkDouble


class CountingLink(LinkDouble):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        """See `Link.close`."""
        self.closed += 1


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.insist.time.sleep", lambda _: None)


def failing(*errors: Exception) -> Callable[[], str]:
    """A step that fails so often and then works."""
    coming: Iterator[Exception] = iter(errors)

    def step() -> str:
        for error in coming:
            raise error
        return "done"

    return step


def test_a_wait_is_said_once_and_once_that_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    """However many attempts it takes; each is counted, and each closes the links."""
    caplog.set_level("WARNING")
    failures: list[None] = []
    links = [CountingLink(), CountingLink()]
    insist = Insistence(lambda: False, lambda: failures.append(None), links)
    assert insist(failing(RedisAway("one"), RedisAway("two"), RedisAway("three"))) == "done"
    assert [record.getMessage().split(",")[0][:13] for record in caplog.records] == [
        "Redis is away",
        "Redis is back",
    ]
    assert len(failures) == 3
    assert [link.closed for link in links] == [3, 3]
    assert insist.waits_for is None


def test_holding_leaves_the_links_alone() -> None:
    """Redis answers: what is under way on the links may arrive."""
    link = CountingLink()
    insist = Insistence(lambda: False, lambda: None, [link])
    assert insist(failing(Holding("no quotes yet"), Holding("no quotes yet"))) == "done"
    assert link.closed == 0


def test_what_is_done_while_holding_is_done_after_each_failure() -> None:
    """But not while Redis is away: there is nobody to tell then."""
    insist, calls = Insistence(lambda: False, lambda: None), []
    insist.while_holding = lambda: calls.append(insist.waits_for)
    insist(failing(Holding("no quotes"), RedisAway("gone"), Holding("still no quotes")))
    assert calls == ["no quotes", "still no quotes"]


def test_no_attempt_begins_when_it_is_over() -> None:
    """Not even if the time was up only while it was waiting."""
    attempts: list[None] = []
    over = iter([False, True])
    insist = Insistence(lambda: next(over), lambda: attempts.append(None))
    with pytest.raises(GaveUp):
        insist(failing(RedisAway("no answer"), RedisAway("no answer")))
    assert len(attempts) == 1


def test_giving_up_when_it_is_over() -> None:
    """One more attempt is made, and what was in the way stays known."""
    insist = Insistence(lambda: True, lambda: None)
    with pytest.raises(GaveUp):
        insist(failing(RedisAway("no answer")))
    assert insist.waits_for == "no answer"


def test_what_waiting_does_not_mend_is_raised_at_once() -> None:
    """A step may name failures that somebody else deals with; they are neither counted nor waited for."""
    failures: list[None] = []
    insist = Insistence(lambda: False, lambda: failures.append(None))
    with pytest.raises(Holding, match="broken"):
        insist(failing(Holding("broken")), not_on=Holding)
    assert not failures
    assert insist.waits_for is None
