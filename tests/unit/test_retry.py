"""Insisting on a step: again until it works, until it is over, and what happens to the links meanwhile."""

from collections.abc import Callable, Iterator

import pytest

from shared.redis.link import CannotProceed, IdleConnectionClosed, RedisRefused, RedisUnavailable
from shared.redis.retry import Doubt, RedisRetry, StopRequested
from tests.support.links import LinkDouble


class CountingLink(LinkDouble):
    """Counts how often it was closed."""

    closed = 0

    def close(self) -> None:
        """See `RedisLink.close`."""
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
    retry = RedisRetry(lambda: False, lambda: failures.append(None), links)
    assert (
        retry(failing(RedisUnavailable("one"), RedisUnavailable("two"), RedisUnavailable("three"))) == "done"
    )
    assert [record.getMessage().split(",")[0][:13] for record in caplog.records] == [
        "Redis is away",
        "Redis is back",
    ]
    assert len(failures) == 3
    assert [link.closed for link in links] == [3, 3]
    assert retry.waits_for is None


def test_others_go_on_while_a_step_waits() -> None:
    """Something is called after each failure, of Redis or of something else, and not where all is well."""
    retry = RedisRetry(lambda: False, lambda: None)
    called: list[str | None] = []
    retry.while_waiting = lambda: called.append(retry.waits_for)
    retry(failing())
    assert called == []
    retry(failing(RedisUnavailable("gone"), CannotProceed("no quotes yet")))
    assert called == ["gone", "no quotes yet"]


@pytest.mark.parametrize("failure", [RedisUnavailable("gone"), CannotProceed("no quotes yet")])
def test_waits_grow_up_to_half_a_second_and_begin_anew_with_each_step(
    failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They double from 20 ms on, whatever is in the way."""
    waits: list[float] = []
    monkeypatch.setattr("shared.redis.retry.time.sleep", waits.append)
    retry = RedisRetry(lambda: False, lambda: None)
    retry(failing(*[failure] * 8))
    assert waits == pytest.approx([0.02, 0.04, 0.08, 0.16, 0.32, 0.5, 0.5, 0.5])
    waits.clear()
    retry(failing(failure))
    assert waits == [0.02]


def test_holding_leaves_the_links_alone() -> None:
    """Redis answers: what is under way on the links may arrive."""
    link = CountingLink()
    retry = RedisRetry(lambda: False, lambda: None, [link])
    assert retry(failing(CannotProceed("no quotes yet"), CannotProceed("no quotes yet"))) == "done"
    assert link.closed == 0


def test_what_is_done_while_holding_is_done_after_each_failure() -> None:
    """But not while Redis is away: there is nobody to tell then."""
    retry, calls = RedisRetry(lambda: False, lambda: None), []
    retry.while_holding = lambda: calls.append(retry.waits_for)
    retry(failing(CannotProceed("no quotes"), RedisUnavailable("gone"), CannotProceed("still no quotes")))
    assert calls == ["no quotes", "still no quotes"]


def test_no_attempt_begins_when_it_is_over() -> None:
    """Not even if the time was up only while it was waiting."""
    attempts: list[None] = []
    over = iter([False, True])
    retry = RedisRetry(lambda: next(over), lambda: attempts.append(None))
    with pytest.raises(StopRequested):
        retry(failing(RedisUnavailable("no answer"), RedisUnavailable("no answer")))
    assert len(attempts) == 1


def test_giving_up_when_it_is_over() -> None:
    """One more attempt is made, and what was in the way stays known."""
    retry = RedisRetry(lambda: True, lambda: None)
    with pytest.raises(StopRequested):
        retry(failing(RedisUnavailable("no answer")))
    assert retry.waits_for == "no answer"


def test_what_waiting_does_not_mend_is_raised_at_once() -> None:
    """A step may name failures that somebody else deals with; they are neither counted nor waited for."""
    failures: list[None] = []
    retry = RedisRetry(lambda: False, lambda: failures.append(None))
    with pytest.raises(CannotProceed, match="broken"):
        retry(failing(CannotProceed("broken")), not_on=CannotProceed)
    assert not failures
    assert retry.waits_for is None


def test_an_idle_connection_that_was_closed_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    """The step is run again at once, and nobody hears of it; a second time it counts."""
    failures: list[None] = []
    retry = RedisRetry(lambda: False, lambda: failures.append(None))
    assert retry(failing(IdleConnectionClosed("closed"))) == "done"
    assert not failures
    assert not caplog.records
    assert retry(failing(IdleConnectionClosed("closed"), IdleConnectionClosed("closed"))) == "done"
    assert len(failures) == 1


def test_a_refusal_is_not_called_an_outage(caplog: pytest.LogCaptureFixture) -> None:
    """The log says that Redis refuses, what it said, and what to do."""
    caplog.set_level("WARNING")
    retry = RedisRetry(lambda: False, lambda: None)
    retry(failing(RedisRefused("no rights; give some")))
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


def retrying(doubt: Doubt, looks: Looks) -> RedisRetry:
    """Insists for ever, and looks when there is a doubt."""
    retry = RedisRetry(lambda: False, lambda: None, doubt=doubt)
    retry.settle_doubt = looks
    return retry


def test_a_doubt_is_settled_before_a_result_is_believed(doubt: Doubt, looks: Looks) -> None:
    """Once a doubt, and not without one."""
    retry = retrying(doubt, looks)
    assert retry(failing()) == "done"
    assert looks.count == 0

    def reconnecting() -> int:
        doubt.raise_()
        return looks.count

    assert retry(reconnecting) == 0
    assert (looks.count, doubt.is_raised) == (1, False)


def test_a_look_that_fails_is_made_again_and_the_step_is_not(doubt: Doubt, looks: Looks) -> None:
    """The step has worked; only what it found is still doubted."""
    steps: list[None] = []
    looks.raises = [RedisUnavailable("gone"), RedisUnavailable("gone")]
    doubt.raise_()
    retrying(doubt, looks)(lambda: steps.append(None))
    assert (len(steps), looks.count, doubt.is_raised) == (1, 3, False)


def test_a_connection_made_while_looking_leads_to_another_look(doubt: Doubt, looks: Looks) -> None:
    """Until one found everything as it was."""
    looks.raises = [None, None]
    doubt.raise_()
    retrying(doubt, looks)(failing())
    assert (looks.count, doubt.is_raised) == (3, False)


def test_a_doubt_stays_when_the_look_is_given_up(doubt: Doubt, looks: Looks) -> None:
    """The next step settles it."""
    retry = retrying(doubt, looks)
    looks.raises = [CannotProceed("broken")]
    doubt.raise_()
    with pytest.raises(CannotProceed):
        retry(failing(), not_on=CannotProceed)
    assert doubt.is_raised
    retry(failing())
    assert (looks.count, doubt.is_raised) == (2, False)
