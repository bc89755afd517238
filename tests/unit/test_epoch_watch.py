"""Whether quotes can be believed, by the epochs of the servers that they came from."""

import logging

import pytest
from redis.exceptions import ResponseError

from services.orders.check.epoch_watch import EpochWatch
from shared.redis.link import CannotProceed, NodeEpoch, Reply

KEY, OTHER_KEY = "epoch", "epoch:{7}"


def epoch(value: Reply, run_id: str = "run", key: str = KEY) -> NodeEpoch:
    """What a server answers about its epoch."""
    return NodeEpoch(key, run_id, "history", value)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock, as its only element."""
    now = [100.0]
    monkeypatch.setattr("services.orders.check.epoch_watch.time.monotonic", lambda: now[0])
    return now


def knowing(*epochs: NodeEpoch) -> EpochWatch:
    """A watch that has seen these epochs."""
    watch = EpochWatch(30.0)
    watch.believes(epochs)
    return watch


def test_an_epoch_that_has_changed_is_believed_at_the_second_look() -> None:
    """What was read before it may be from before the loss that it ended."""
    watch = EpochWatch(30.0)
    assert [watch.believes([epoch(b"one:run")]) for _ in range(3)] == [False, True, True]
    assert [watch.believes([epoch(b"two:run")]) for _ in range(2)] == [False, True]


def test_another_process_than_the_one_looked_at_is_not_believed() -> None:
    """A restart with old data, or a replica that took over, until the ingestor has looked at it."""
    watch = knowing(epoch(b"one:run"))
    with pytest.raises(CannotProceed, match="started again or replaced"):
        watch.believes([epoch(b"one:run", "another")])
    assert [watch.believes([epoch(b"two:another", "another")]) for _ in range(2)] == [False, True]


def test_a_process_never_looked_at_is_not_believed_from_the_start() -> None:
    """A checker that starts after such a restart knows no epoch, but the epoch names another process."""
    with pytest.raises(CannotProceed):
        EpochWatch(30.0).believes([epoch(b"one:run", "another")])


def test_an_epoch_that_is_gone_is_a_loss() -> None:
    """Unless there never was one."""
    assert EpochWatch(30.0).believes([epoch(None)])
    with pytest.raises(CannotProceed, match="lost its quotes"):
        knowing(epoch(b"one:run")).believes([epoch(None)])


def test_each_node_of_a_cluster_has_its_own() -> None:
    """One that is empty is held for though another has its epoch; one that is new is looked at twice."""
    watch = knowing(epoch(b"one:run"))
    with pytest.raises(CannotProceed):
        watch.believes([epoch(b"one:run"), epoch(None, "run2", OTHER_KEY)])
    both = [epoch(b"one:run"), epoch(b"one:run2", "run2", OTHER_KEY)]
    assert [watch.believes(both) for _ in range(2)] == [False, True]
    assert watch.believes(both[:1])
    with pytest.raises(CannotProceed):
        watch.believes([both[0], epoch(b"one:run2", "run3", OTHER_KEY)])


def test_the_epoch_of_an_older_ingestor_names_nobody() -> None:
    """It is believed as long as it is there, whichever process has it."""
    watch = knowing(epoch(b"0123456789abcdef"))
    assert watch.believes([epoch(b"0123456789abcdef", "another")])
    with pytest.raises(CannotProceed):
        watch.believes([epoch(None)])


def test_an_epoch_that_cannot_be_read_never_changes() -> None:
    """A key of another type holds nobody up."""
    watch = EpochWatch(30.0)
    answers = [watch.believes([epoch(ResponseError("WRONGTYPE"))]) for _ in range(2)]
    assert answers == [False, True]


@pytest.mark.parametrize("found", [epoch(None), epoch(b"one:run", "another")])
def test_nothing_is_waited_for_longer_than_told(
    clock: list[float], caplog: pytest.LogCaptureFixture, found: NodeEpoch
) -> None:
    """Then it is accepted, said once, until an ingestor has looked after all; and then it counts again."""
    watch = knowing(epoch(b"one:run"))
    for _ in range(3):
        with pytest.raises(CannotProceed):
            watch.believes([found])
        clock[0] += 9.9
    clock[0] += 0.4
    with caplog.at_level(logging.ERROR):
        assert all(watch.believes([found]) for _ in range(3))
    assert caplog.messages == ["no quotes came back in 30 s: orders are checked without"]

    watch.believes([epoch(b"two:another", "another")])
    with pytest.raises(CannotProceed):
        watch.believes([found])


def test_a_wait_that_is_over_is_not_counted_to_the_next(clock: list[float]) -> None:
    """Each loss is waited for as long as told."""
    watch = knowing(epoch(b"one:run"))
    with pytest.raises(CannotProceed):
        watch.believes([epoch(None)])
    watch.believes([epoch(b"two:run")])
    clock[0] += 29.0
    with pytest.raises(CannotProceed):
        watch.believes([epoch(None)])
    clock[0] += 29.0
    with pytest.raises(CannotProceed):
        watch.believes([epoch(None)])


def test_another_process_is_waited_for_anew(clock: list[float]) -> None:
    """Redis dies again before the ingestor has looked, and is away for long: the wait begins anew."""
    watch = knowing(epoch(b"one:run"))
    with pytest.raises(CannotProceed):
        watch.believes([epoch(b"one:run", "second")])
    clock[0] += 31.0
    with pytest.raises(CannotProceed):
        watch.believes([epoch(b"one:run", "third")])
    clock[0] += 30.0
    assert watch.believes([epoch(b"one:run", "third")])


def test_learning_begins_no_wait(clock: list[float]) -> None:
    """At the start of a checker nothing is held; an hour later the first order waits its full time."""
    watch = EpochWatch(30.0)
    watch.learn([epoch(b"one:run", "second")])
    clock[0] += 3600.0
    with pytest.raises(CannotProceed):
        watch.believes([epoch(b"one:run", "third")])


def test_what_was_accepted_of_one_node_stays_so_when_another_is_read(clock: list[float]) -> None:
    """Without an ingestor orders on that node's symbols wait once, and not after each order on others."""
    healthy, lost = epoch(b"one:run"), epoch(b"one:run2", "another", OTHER_KEY)
    watch = knowing(healthy)
    with pytest.raises(CannotProceed):
        watch.believes([healthy, lost])
    clock[0] += 30.0
    assert watch.believes([healthy, lost])
    for _ in range(3):
        assert watch.believes([healthy])
        assert watch.believes([lost])


def test_a_changed_epoch_is_noticed_beside_one_that_was_accepted(clock: list[float]) -> None:
    """What was read of the other node is read again."""
    healthy, lost = epoch(b"one:run"), epoch(b"one:run2", "another", OTHER_KEY)
    watch = knowing(healthy)
    with pytest.raises(CannotProceed):
        watch.believes([lost])
    clock[0] += 30.0
    assert watch.believes([lost])
    assert [watch.believes([epoch(b"two:run"), lost]) for _ in range(2)] == [False, True]
