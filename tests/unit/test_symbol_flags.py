"""The flags of symbols by published limits: what quotes, statuses and time alone make of them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.market_data.entry import FLAGS, PRICES, QUOTE, STATUS, TradingStatus
from tests.support.book_entries import entry
from tests.support.flagged_book import LIMITS, NAMES, OPEN_US, STEPS, FlaggedBook, joined, right_flags
from tests.support.limits_files import one_class


@pytest.mark.parametrize("others", [0, 20])
def test_quotes_are_flagged_by_the_version(others: int) -> None:
    """Few and many alike: reasons by the class's tier, the state without absent prices, and what judged."""
    many = [f"X{number}" for number in range(others)]
    desk = FlaggedBook("X", "WIDE", "A", "DX", *many)

    desk.quote(
        ("X", 10.0, 10.01), ("WIDE", 10.0, 10.05), ("A", 10.0, 0.0), ("DX", 10.0, 12.0),
        *((name, 1.0, 1.04) for name in many),
    )  # fmt: skip

    assert desk.flags("X") == ("", "two_sided", "7:all")
    assert desk.flags("WIDE") == ("spread", "two_sided", "7:all")
    assert desk.flags("A") == ("", "one_sided", "7:absent")
    assert desk.flags("DX") == ("", "two_sided", "7:day/closed")
    assert {desk.flags(name) for name in many} <= {("", "two_sided", "7:all")}
    assert set(desk.book.unwritten.values()) == {QUOTE}


def test_a_window_changes_the_flags_at_its_edge() -> None:
    """Of the symbols whose class has the session, whether a quote comes or not; of no others."""
    desk = FlaggedBook("D1", "D2", "X1")
    desk.quote(("D1", 10.0, 10.02), ("D2", 10.0, 10.01), ("X1", 10.0, 10.01))
    desk.written()
    before = desk["D1"]

    desk.wait(999)
    assert not desk.book.unwritten
    desk.wait(1)

    assert desk.flags("D1") == ("spread", "two_sided", "7:day/open")
    assert desk.flags("D2") == ("", "two_sided", "7:day/open")
    assert desk.book.unwritten == {0: FLAGS, 1: FLAGS}
    assert desk["D1"] == before._replace(reason="spread", limits="7:day/open")
    desk.written()
    assert desk["D1"].written_at == desk.now_us


def test_an_override_ends() -> None:
    """At its end, exclusive, the tiers of the class hold again."""
    desk = FlaggedBook("OVER", "X1")
    desk.quote(("OVER", 10.0, 10.5), ("X1", 10.0, 10.5))
    assert desk.flags("OVER") == ("", "two_sided", "7:all+override")
    assert desk.flags("X1") == ("spread", "two_sided", "7:all")
    desk.written()

    desk.wait(1999)
    assert not desk.book.unwritten
    desk.wait(1)
    assert desk.flags("OVER") == ("spread", "two_sided", "7:all")
    assert desk.book.unwritten == {0: FLAGS}


@pytest.mark.parametrize(
    ("name", "quote", "ms", "reason"),
    [
        ("X1", (10.0, 9.0), 500, "crossed"),
        ("D1", (10.0, 10.0), 200, "locked"),
        ("A1", (10.0, 0.0), 300, "one_sided"),
        ("A1", (None, 10.0), 300, "one_sided"),
    ],
)
def test_a_state_alerts_once_it_has_lasted(name: str, quote: Any, ms: int, reason: str) -> None:
    """From just then on, also if quotes come meanwhile that leave the state; not if it ends before."""
    desk = FlaggedBook(name)
    desk.quote((name, *quote))
    state = desk[name].state
    desk.wait(50)
    desk.quote((name, *quote))
    desk.written()

    desk.wait(ms - 50.001)
    assert (desk[name].reason, desk.book.unwritten) == ("", {})
    desk.wait(0.001)
    assert (desk[name].reason, desk[name].state) == (reason, state)
    assert desk.book.unwritten == {0: FLAGS}

    desk.quote((name, 10.0, 10.01))
    desk.quote((name, *quote))
    desk.quote((name, 10.0, 10.01))
    desk.wait(1000)
    assert desk[name].reason == ""


def test_each_state_has_its_own_time() -> None:
    """The first that is due leaves the others waiting."""
    desk = FlaggedBook("D1", "A1", "X1")
    desk.quote(("D1", 10.0, 10.0), ("A1", 10.0, None), ("X1", 10.0, 9.0))
    seen = []
    for _ in range(6):
        desk.wait(100)
        seen.append([desk[name].reason for name in ("D1", "A1", "X1")])
    assert seen == [
        ["", "", ""], ["locked", "", ""], ["locked", "one_sided", ""], ["locked", "one_sided", ""],
        ["locked", "one_sided", "crossed"], ["locked", "one_sided", "crossed"],
    ]  # fmt: skip


def test_a_status_changes_the_flags() -> None:
    """With the status itself; by the policy of the class, and with and without a quote."""
    desk = FlaggedBook("X1", "A1", "D1")
    desk.quote(("X1", 10.0, 10.5), ("A1", 10.0, 10.01))
    desk.written()

    for name in ("X1", "A1", "D1"):
        desk.status(name, 1)
    assert desk.flags("X1") == ("spread,halted", "two_sided", "7:all")
    assert desk.flags("A1") == ("", "two_sided", "7:absent")
    assert desk.flags("D1") == ("no_quote,halted", "empty", "7:day/closed")
    assert desk.book.unwritten == {0: STATUS | FLAGS, 1: STATUS, 2: STATUS | FLAGS}
    written = [(number, parts) for number, _, parts in desk.book.pending()]
    assert written == [(0, STATUS), (0, FLAGS), (1, STATUS), (2, STATUS), (2, FLAGS)]

    desk.quote(*((name, 10.0, 10.01) for name in ("X1", "A1", "D1")))
    assert desk["X1"].reason == "halted"
    desk.status("X1", 0)
    assert desk["X1"].reason == ""
    desk.status("D1", 3)
    assert desk["D1"].reason == "auction"


def test_a_wipe_out_has_the_flags_of_no_quote() -> None:
    """As a part of the prices that it takes away."""
    desk = FlaggedBook("X1")
    desk.quote(("X1", 10.0, 10.01))
    desk.written()
    desk.status("X1", None, is_wiped_out=True)
    assert desk.flags("X1") == ("no_quote", "empty", "7:all")
    assert desk.book.unwritten == {0: PRICES}


def test_a_new_version_judges_everything_again() -> None:
    """What it calls otherwise has lasted since the last quote at least; what differs in nothing stays."""
    desk = FlaggedBook("X1", "A1", limits=None)
    desk.quote(("X1", 10.0, 10.04), ("A1", 10.0, 0.0))
    assert desk.flags("X1") == ("", "two_sided", "")
    assert desk.flags("A1") == ("", "crossed", "")
    desk.wait(100)
    desk.quote(("A1", 10.0, 0.0))
    quoted_at = desk.now_us
    desk.written()
    desk.wait(100)

    desk.publish(LIMITS, 7)
    desk.wait(0)
    assert desk.flags("X1") == ("", "two_sided", "7:all")
    assert desk["X1"].state_since == OPEN_US
    assert desk.flags("A1") == ("", "one_sided", "7:absent")
    assert desk["A1"].state_since == quoted_at
    assert desk.book.unwritten == {0: FLAGS, 1: FLAGS}
    desk.wait(200)
    assert desk["A1"].reason == "one_sided"
    desk.written()

    desk.publish(LIMITS, 7)
    desk.wait(0)
    assert not desk.book.unwritten
    desk.publish(one_class("", keys='tiers = [ { from = "0", spread = "0.04" } ]'), 8)
    desk.wait(0)
    assert desk.flags("X1") == ("spread", "two_sided", "8:all")


@pytest.mark.parametrize(
    ("tick_s", "right"),
    [(0.0021, [32] * 12 + [16]), (0.0011, [64] * 6 + [16]), (0.0, [256, 144])],
)
def test_flags_are_judged_again_some_at_a_time(
    tick_s: float, right: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slice ends by the clock or by its size; the rest waits, and all are judged in the end."""
    names = [f"X{number}" for number in range(400)]
    desk = FlaggedBook(*names, limits=None)
    desk.quote(*((name, 10.0, 10.01) for name in names))
    desk.publish(LIMITS, 7)
    clock = iter(range(10_000))
    monkeypatch.setattr("services.market_data.rejudging.time.monotonic", lambda: next(clock) * tick_s)

    slices = []
    while desk.rejudging.is_due:
        before = len(desk.book.doubtful)
        desk.rejudging.judge_some(desk.now_us)
        slices.append(before - len(desk.book.doubtful))
    assert slices == right
    assert {desk[name].limits for name in names} == {"7:all"}


def test_flags_of_a_higher_version_stay() -> None:
    """Whoever wrote them knows more; a lower one, and none, give way."""
    desk = FlaggedBook("X1", "X2", "X3")
    for name, limits in (("X1", "8:new"), ("X2", "6:old"), ("X3", "")):
        desk.book.remember(name.encode(), entry(10.0, 10.5, "", 5, limits=limits))
    desk.wait(0)
    assert desk["X1"].limits == "8:new"
    assert desk.flags("X2") == desk.flags("X3") == ("spread", "two_sided", "7:all")


def test_without_published_limits_flags_wait_for_a_quote() -> None:
    """What an earlier run has written stays, but what a version has said gives way to the rule."""
    desk = FlaggedBook("X1", "X2", limits=None)
    desk.book.remember(b"X1", entry(10.0, 10.5, "by other flags", 5))
    desk.book.remember(b"X2", entry(10.0, 10.5, "", 5, limits="3:all", state="locked"))
    desk.wait(0)
    assert not desk.book.unwritten
    desk.book.forget_versions(desk.now_us)
    assert desk.flags("X1") == ("by other flags", "two_sided", "")
    assert desk.flags("X2") == ("spread", "two_sided", "")
    assert desk.book.unwritten == {1: FLAGS}


def test_the_status_of_another_ingestor_is_taken_over() -> None:
    """Though the quote that is known here is newer; an older status is not."""
    desk = FlaggedBook("X1")
    desk.quote(("X1", 10.0, 10.01))
    desk.written()
    quoted = desk["X1"]
    for at, reason in ((OPEN_US - 5, "halted"), (OPEN_US - 6, "halted")):
        status = TradingStatus(int(at == OPEN_US - 5), at, None, None)
        desk.book.remember(b"X1", entry(9.0, 9.01, "", OPEN_US - 10, written_at=at, status=status))
        desk.wait(0)
        assert (desk["X1"].bid, desk["X1"].updated_at) == (10.0, quoted.updated_at)
        assert desk["X1"].reason == reason


@given(steps=st.lists(STEPS, min_size=1, max_size=30))
def test_flags_are_what_the_judge_says_at_each_moment(steps: list[Any]) -> None:
    """Whatever has come, and however the time has changed it; a state lasts as long as it is called so."""
    desk = FlaggedBook(*NAMES)
    for step in steps:
        desk.take(step)
        for name, number in desk.numbers.items():
            if number in desk.known:
                found = desk[name]
                assert desk.flags(name) == joined(right_flags(desk.judge, name, found, desk.now_us))
                assert found.state_since <= desk.now_us
