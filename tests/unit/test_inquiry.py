"""Asking several servers for the same thing: in which order, when it ends, and what is said at the end."""

from collections.abc import Mapping
from types import SimpleNamespace

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from shared.base.address import Address
from shared.redis.inquiry import Inquiry
from shared.redis.link import RedisRefused, RedisUnavailable, Reply
from shared.redis.sentinels import Sentinels, read_master
from shared.redis.slots import Slots

ONE, TWO, THREE, FOUR = (Address("node", port) for port in (7001, 7002, 7003, 7004))
GONE = RedisUnavailable("gone")


@pytest.fixture
def inquiry() -> Inquiry:
    """Three may know."""
    return Inquiry([ONE, TWO, THREE], "nobody knows")


def asked(inquiry: Inquiry, failures: Mapping[Address, BaseException]) -> list[Address]:
    """Ask until one knows; who was asked."""
    order = []
    for turn in inquiry.turns():
        order.append(turn.address)
        with turn:
            if turn.address in failures:
                raise failures[turn.address]
    return order


def test_it_ends_with_the_first_who_knows(inquiry: Inquiry) -> None:
    """The others are not asked, and the next inquiry begins with the same one."""
    assert asked(inquiry, {}) == [ONE]
    assert asked(inquiry, {ONE: GONE}) == [ONE, TWO]
    assert asked(inquiry, {}) == [TWO]


@pytest.mark.parametrize("error", [GONE, RedisConnectionError("refused"), ConnectionResetError()])
def test_who_is_asked_in_vain_is_asked_last(inquiry: Inquiry, error: Exception) -> None:
    """Whatever kind of failure it is."""
    assert asked(inquiry, {ONE: error, TWO: error}) == [ONE, TWO, THREE]
    assert asked(inquiry, {THREE: error}) == [THREE, ONE]
    assert asked(inquiry, {ONE: error, TWO: error}) == [ONE, TWO, THREE]


def test_one_that_hangs_ends_the_turns(inquiry: Inquiry, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next inquiry begins with the one after it."""
    now = iter([0.0, 0.1, 0.5, 10.0])
    times = SimpleNamespace(monotonic=lambda: next(now))  # of this module alone: other threads go on
    monkeypatch.setattr("shared.redis.inquiry.time", times)
    with pytest.raises(RedisUnavailable, match=r"nobody knows \(asked last: node:7002\): no answer in time"):
        asked(inquiry, {ONE: GONE, TWO: TimeoutError()})
    assert asked(inquiry, {}) == [THREE]


def test_one_that_is_given_up_on_is_asked_last_the_next_time(inquiry: Inquiry) -> None:
    """A time-out around the whole inquiry ends it; what is no failure of the one asked is passed on."""
    with pytest.raises(KeyboardInterrupt):
        asked(inquiry, {ONE: KeyboardInterrupt()})
    assert asked(inquiry, {}) == [TWO]


def test_at_the_end_the_last_failure_is_named(inquiry: Inquiry) -> None:
    """With the address of the one asked last."""
    failures = {ONE: GONE, TWO: GONE, THREE: RedisConnectionError("refused.")}
    with pytest.raises(RedisUnavailable, match=r"asked last: node:7003\): node:7003: refused$"):
        asked(inquiry, failures)


def test_a_refusal_says_more_than_an_absence(inquiry: Inquiry) -> None:
    """Others are asked all the same; if none of them knows, the refusal is what the caller hears of."""
    refusal = RedisRefused("give it a password")
    assert asked(inquiry, {ONE: refusal}) == [ONE, TWO]
    with pytest.raises(RedisRefused, match="give it a password"):
        asked(inquiry, {ONE: refusal, TWO: GONE, THREE: GONE})


def test_others_are_asked_after_those_who_were_given(inquiry: Inquiry) -> None:
    """Only as long as they are named: the addresses that a cluster once had do not pile up."""
    inquiry.ask_also([FOUR, TWO])
    assert asked(inquiry, {ONE: GONE, TWO: GONE, THREE: GONE}) == [ONE, TWO, THREE, FOUR]
    assert asked(inquiry, {}) == [FOUR]
    inquiry.ask_also([])
    assert asked(inquiry, {ONE: GONE, TWO: GONE}) == [ONE, TWO, THREE]


def test_one_that_is_dropped_while_it_is_asked_does_no_harm(inquiry: Inquiry) -> None:
    """Two inquiries may be under way at once."""
    inquiry.ask_also([FOUR])
    asked(inquiry, {ONE: GONE, TWO: GONE, THREE: GONE})
    turns = inquiry.turns()
    turn = next(turns)
    assert turn.address == FOUR
    inquiry.ask_also([])
    with turn:
        pass
    assert list(turns) == []
    assert asked(inquiry, {}) == [ONE]


def test_a_sentinel_is_asked_by_name_and_answers_with_an_address() -> None:
    """Or with nothing, if it does not watch that service."""
    sentinels = Sentinels([ONE, TWO], "desk")
    assert sentinels.question == ("SENTINEL", "GET-MASTER-ADDR-BY-NAME", "desk")
    assert read_master([b"master", b"6379"]) == Address("master", 6379)
    with pytest.raises(RedisUnavailable) as unwatched:
        read_master(None)
    message = r"no sentinel knows the master of 'desk' \(asked last: node:7002\): it does not watch"
    with pytest.raises(RedisUnavailable, match=message):
        asked(sentinels, {ONE: unwatched.value, TWO: unwatched.value})


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (ResponseError("cluster support disabled"), "no node of a cluster: cluster support disabled"),
        ([], "knows of no slots"),
    ],
)
def test_what_tells_nothing_of_slots_leaves_them_as_they_are(reply: Reply, message: str) -> None:
    """From a server without a cluster, or from a node that left it."""
    slots = Slots()
    slots.learn([[0, 16383, [b"node", 7001, b"id"]]], ONE)
    with pytest.raises(RedisUnavailable, match=message):
        slots.learn(reply, TWO)
    assert slots.nodes == [ONE]
