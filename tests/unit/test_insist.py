"""Insisting on a step: again until it works, until it is over, and what happens to the links meanwhile."""

from collections.abc import Callable, Iterator

import pytest

from shared.redis.link import Holding, IdleConnectionClosed, RedisAway, RedisRefused
from shared.redis.retry import Doubt, GaveUp, Insistence
from tests.support.links import LinkDouble


class CountingLink(LinkDouble):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        """See `Link.close`."""
        self.closed += 1


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.redis.retry.time.sleep", lambda _: None)


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


def test_an_idle_connection_that_was_closed_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """The step is run again at once, and nobody hears of it; a second time it counts."""
    failures: list[None] = []
    insist = Insistence(lambda: False, lambda: failures.append(None))
    assert insist(failing(IdleConnectionClosed("closed"))) == "done"
    assert not failures
    assert not caplog.records
    assert insist(failing(IdleConnectionClosed("closed"), IdleConnectionClosed("closed"))) == "done"
    assert len(failures) == 1


def test_a_refusal_is_not_called_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    """The log says that Redis refuses, what it said, and what to do."""
    caplog.set_level("WARNING")
    insist = Insistence(lambda: False, lambda: None)
    insist(failing(RedisRefused("no rights; give some")))
    assert caplog.messages[0] == ("Redis refuses this service, holding everything back: no rights; give some")


class Looks:
    """A look at what Redis still has, that finds doubts and fails as told.

    Args:
        doubt: raised while looking, as long as there is something in `raises`.
    """

    def __init__(self, doubt: Doubt) -> None:
        self._doubt = doubt
        self.count = 0
        self.raises: list[Exception | None] = []
        """For each look to come: what it fails with; None raises the doubt again."""

    def __call__(self) -> None:
        """Look."""
        self.count += 1
        if self.raises:
            error = self.raises.pop(0)
            if error is not None:
                raise error
            self._doubt.raise_()


@pytest.fixture
def doubt() -> Doubt:
    """A doubt that is not raised."""
    return Doubt()


@pytest.fixture
def looks(doubt: Doubt) -> Looks:
    """Looks that find nothing."""
    return Looks(doubt)


def insisting(doubt: Doubt, looks: Looks) -> Insistence:
    """Insists for ever, and looks when there is a doubt."""
    insist = Insistence(lambda: False, lambda: None, doubt=doubt)
    insist.settle_doubt = looks
    return insist


def test_a_doubt_is_settled_before_a_result_is_believed(doubt: Doubt, looks: Looks) -> None:
    """Once a doubt, and not without one."""
    insist = insisting(doubt, looks)
    assert insist(failing()) == "done"
    assert looks.count == 0

    def reconnecting() -> int:
        doubt.raise_()
        return looks.count

    assert insist(reconnecting) == 0
    assert (looks.count, doubt.is_raised) == (1, False)


def test_a_look_that_fails_is_made_again_and_the_step_is_not(doubt: Doubt, looks: Looks) -> None:
    """The step has worked; only what it found is still doubted."""
    steps: list[None] = []
    looks.raises = [RedisAway("gone"), RedisAway("gone")]
    doubt.raise_()
    insisting(doubt, looks)(lambda: steps.append(None))
    assert (len(steps), looks.count, doubt.is_raised) == (1, 3, False)


def test_a_connection_made_while_looking_leads_to_another_look(doubt: Doubt, looks: Looks) -> None:
    """Until one found everything as it was."""
    looks.raises = [None, None]
    doubt.raise_()
    insisting(doubt, looks)(failing())
    assert (looks.count, doubt.is_raised) == (3, False)


def test_a_doubt_stays_when_the_look_is_given_up(doubt: Doubt, looks: Looks) -> None:
    """The next step settles it."""
    insist = insisting(doubt, looks)
    looks.raises = [Holding("broken")]
    doubt.raise_()
    with pytest.raises(Holding):
        insist(failing(), not_on=Holding)
    assert doubt.is_raised
    insist(failing())
    assert (looks.count, doubt.is_raised) == (2, False)
