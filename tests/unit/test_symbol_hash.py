"""Hashes of other versions and other programs: what is taken over, and what is left alone."""

from typing import Any

import pytest

from services.market_data.entry import PRICES, QUOTE, STATUS, TradingStatus
from services.market_data.store.recovery import lost_parts
from services.market_data.store.symbol_hash import parse_entry
from shared.market import keys
from shared.redis.link import Reply
from tests.support.book_entries import TIME, entry

OLD: dict[str, Any] = {
    "bid": b"10.0", "offer": b"10.01", "risky": b"0", "reason": b"",
    "transact_time": TIME, "updated_at": b"7",
}  # fmt: skip
"""As the version before wrote it."""
NEW: dict[str, Any] = {
    **OLD, "state": b"two_sided", "state_since": b"3", "source": b"desk", "written_at": b"9",
    "status": b"1", "status_at": b"9", "band_low": b"9.5", "band_high": b"",
}  # fmt: skip


def parsed(fields: dict[str, Any], **changes: Any) -> Any:
    """The entry in a hash."""
    return parse_entry([{**fields, **changes}.get(name) for name in keys.SYMBOL_FIELDS])


def test_a_hash_of_the_version_before_is_taken_over() -> None:
    """Its state is what its prices say, since its quote; nobody is said to have sent it."""
    assert parsed(OLD) == entry(10.0, 10.01, "", 7, source="")


def test_a_hash_of_this_version_is_taken_over() -> None:
    """With everything in it."""
    halted = TradingStatus(1, 9, 9.5, None)
    assert parsed(NEW) == entry(10.0, 10.01, "", 7, state_since=3, written_at=9, status=halted)


def test_what_an_older_writer_left_untouched_does_not_count() -> None:
    """It has written a later crossed quote and knows neither `state` nor `written_at`: its quote is newer."""
    found = parsed(NEW, bid=b"11.0", updated_at=b"20")
    assert (found.state, found.state_since, found.written_at) == ("crossed", 20, 20)


@pytest.mark.parametrize(
    ("changes", "limits", "state"),
    [
        ({}, "7:us/open", "one_sided"),
        ({"limits": b""}, "", "crossed"),
        ({"limits": b"seven"}, "", "crossed"),
        ({"limits": b"\xff:us"}, "", "crossed"),
        ({"updated_at": b"20"}, "", "crossed"),
        ({"state": b"sleepy"}, "7:us/open", "crossed"),
    ],
)
def test_flags_of_published_limits_are_taken_over(changes: dict[str, Any], limits: str, state: str) -> None:
    """With the state that they name; but not where an older writer has left them beside a later quote."""
    judged = {**NEW, "offer": b"0.0", "state": b"one_sided", "limits": b"7:us/open"}
    found = parsed(judged, **changes)
    assert (found.limits, found.state) == (limits, state)


@pytest.mark.parametrize(
    "changes",
    [
        {"reason": None},
        {"transact_time": None},
        {"updated_at": None, "written_at": None},
        {"updated_at": b"soon"},
        {"bid": b"ten"},
        {"status": b"6"},
        {"status": b"halted"},
        {"band_low": b"low"},
    ],
)
def test_a_hash_that_nobody_could_have_written_is_left_alone(changes: dict[str, Any]) -> None:
    """Something that it should say is missing, or is no such thing."""
    assert parsed(NEW, **changes) is None


HALTED = entry(10.0, 10.01, "", 7, status=TradingStatus(1, 5, None, None))


@pytest.mark.parametrize(
    ("stored", "parts"),
    [
        ([b"7", b"7", b"5"], 0),
        ([b"8", b"3", None], 0),
        ([None, b"7", None], 0),
        ([b"2", b"8", None], 0),
        ([b"6", b"6", b"5"], QUOTE),
        ([b"6", b"6", b"4"], QUOTE | STATUS),
        ([None, b"6", None], QUOTE | STATUS),
        ([None, None, None], QUOTE | STATUS),
        ([b"x", b"", b"y"], QUOTE | STATUS),
        (Exception("WRONGTYPE"), QUOTE | STATUS),
    ],
)
def test_what_is_lost_is_told_by_the_times(stored: Reply, parts: int) -> None:
    """Nothing where something as new is there; a status only where it is not."""
    assert lost_parts(stored, HALTED) == parts


def test_what_was_never_quoted_overwrites_no_quote() -> None:
    """Somebody else's quote may be there: only where nothing is there the prices are written."""
    unquoted = HALTED._replace(updated_at=None)
    assert lost_parts([b"3", b"3", None], unquoted) == STATUS
    assert lost_parts([None, None, None], unquoted) == STATUS
    wiped_out = unquoted._replace(status=None)
    assert lost_parts([b"3", b"3", None], wiped_out) == 0
    assert lost_parts([None, None, None], wiped_out) == PRICES
