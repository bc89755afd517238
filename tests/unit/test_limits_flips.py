"""Which symbols change their verdict by an activation: now, and in each window to come."""

from shared.base.iso_time import parse_time
from shared.market.limits.judge import Judge
from shared.market.limits.met_hash import FIELDS, MetHash, parse_hash
from shared.published.flips import find_flips, share
from tests.support.limits_files import judge_of

NOW = parse_time("2026-11-24T15:00:00Z")  # a Tuesday, 10:00 in New York


def met(bid: str, offer: str, risky: str = "0", status: str = "0") -> MetHash:
    """What the hash of a symbol says."""
    found = {"bid": bid, "offer": offer, "risky": risky, "status": status, "source": "feed"}
    found |= {"updated_at": str(NOW), "state_since": str(NOW - 10**6)}
    return parse_hash([found.get(name, "").encode() for name in FIELDS])


BOOK = {
    "IBM": met("100.00", "100.04"),
    "BAC": met("10.00", "10.30", "1"),
    "EUR": met("1.10", "1.20", "1"),
    "OLD": met("", "", "1"),
}


def judge(spread: str, during: str = "", session: bool = True) -> Judge:  # noqa: FBT001, FBT002
    """Limits for all symbols but EUR by one spread, in a session of New York."""
    name = 'session = "us"\n' if session else ""
    windows = f"[class.during.pre]\n{during}\n" if during else ""
    return judge_of(
        'format = 1\n[session.us]\nzone = "America/New_York"\npre = ["04:00-09:30"]\nopen = ["09:30-16:00"]\n'
        f'[[class]]\nname = "us"\nsymbols = ["IBM", "BAC", "OLD"]\n{name}'
        f'tiers = [{{ from = "0", spread = "{spread}" }}]\n{windows}'
        '[[class]]\nname = "all"\nsymbols = ["*"]\ntiers = "off"\n'
    )


def rows(old: Judge | None, new: Judge) -> dict[str, tuple[int, tuple[str, ...], tuple[str, ...]]]:
    """What changes, by when."""
    return {
        each.when: (each.looked_at, each.alerting, each.passing) for each in find_flips(old, new, BOOK, NOW)
    }


def test_from_version_0() -> None:
    """Its verdict stands in the hashes; a quote without sides alerts in both."""
    assert rows(None, judge("0.04", session=False)) == {
        "now": (4, ("IBM",), ("EUR",)),
        "us/open": (0, (), ()),
        "us/pre": (0, (), ()),
        "us/closed": (0, (), ()),
    }


def test_each_window_is_looked_at() -> None:
    """With the symbols whose class has the session; the limits of tomorrow morning are seen today."""
    found = rows(judge("0.10"), judge("0.10", 'tiers = "off"'))

    assert found["now"] == (4, (), ())
    assert found["us/open"] == (3, (), ())
    assert found["us/pre"] == (3, (), ("BAC",))
    assert found["us/closed"] == (3, (), ())


def test_nothing_changes_between_equal_limits() -> None:
    """Whatever their numbers are."""
    assert {each[1:] for each in rows(judge("0.10"), judge("0.10")).values()} == {((), ())}


def test_the_share_is_the_largest_of_the_book() -> None:
    """Of all symbols, at the moment at which most change; an empty book has none."""
    flips = find_flips(judge("0.10"), judge("0.10", 'tiers = "off"'), BOOK, NOW)
    assert share(flips, len(BOOK)) == 0.25
    assert share(find_flips(None, judge("0.1"), {}, NOW), 0) == 0
