"""The quick way to read classes back: it takes what the other way takes, as the same values."""

import json
from typing import Any
from unittest import mock

from hypothesis import example, given
from hypothesis import strategies as st

from shared.market.limits.file import read_class
from shared.market.limits.file.canonical import canonical
from shared.market.limits.file.mistakes import WrongLimits
from shared.market.limits.file.quick_class import quick_class
from shared.market.limits.file.read_file import read_limits, read_tree
from shared.market.limits.values import LimitsVersion
from tests.support.limits_files import WHOLE

TEXT = canonical(read_limits(WHOLE.encode()))
GONE = "(gone)"
VALUES: list[Any] = [
    GONE, None, True, 0, 1, -1, 499, 500, 86_400_001, 0.5, "", "0", "-1", "-0", "1", "1.50", "01", "1e5",
    "NaN", "0.0000000000000001", "1234567890123456", "off", "alert", "pass",
    "needed", "smaller", "larger", [], {},
    {"after_ms": 5}, {"after_ms": 0}, {"after_ms": True}, {"more": 1}, [{"from": "0"}],
    [{"from": "0", "ratio": "1"}],
    {"from": "0", "spread": "1"}, {"preset": "mine", "source": "me", "date": "now", "steps": [{"from": "1"}]},
    {"preset": "mine", "source": "me", "date": "now", "steps": [{"from": "1", "spread": "2"}]},
]  # fmt: skip


def places(tree: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The ways to all values of a tree."""
    found = [path] if path else []
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    return found + [each for key, value in items for each in places(value, (*path, key))]


PLACES = [("class", *each) for each in places(json.loads(TEXT)["class"])]


def outcome(tree: object) -> LimitsVersion | str:
    """What is read, or what is said to be wrong."""
    try:
        return read_tree(tree, is_canonical=True)
    except WrongLimits as error:
        return str(error)


def test_it_reads_all_that_we_write() -> None:
    """No class has to be looked at closely, windows included."""
    with mock.patch.object(read_class, "quick_class", mock.Mock(wraps=quick_class)) as quick:
        version = read_tree(json.loads(TEXT), is_canonical=True)
    found = [quick_class(*each.args) for each in quick.call_args_list]
    assert tuple(found) == version.classes
    assert len(found) == 3


@given(st.sampled_from(PLACES), st.sampled_from(VALUES), st.booleans())
@example(("class", 0, "tiers", 0, "from"), "25", False)
@example(("class", 0, "tiers", 1, "from"), "0", False)
@example(("class", 0, "states", "halted"), {"after_ms": 5}, False)
@example(("class", 0, "during", "pre", "states", "auction"), "needed", False)
@example(("class", 0, "order", "through", 0, "use"), GONE, False)
@example(("class", 1, "tiers", "source"), 7, False)
@example(("class", 0, "symbols", 0), 7, False)
@example(("class", 0, "symbols", 0), "", False)
@example(("class", 0, "absent"), "off", False)
@example(("class", 0, "name"), "", False)
@example(("class", 0, "session"), "eu", False)
@example(("class", 0, "session"), GONE, False)
@example(("class", 0, "during", "pre"), {}, False)
def test_both_ways_agree(place: tuple[str | int, ...], value: object, is_more: bool) -> None:  # noqa: FBT001
    """Whatever stands, is missing or is too much in a place: the same version, or the same mistakes."""
    tree = json.loads(TEXT)
    inner: Any = tree
    for key in place[:-1]:
        inner = inner[key]
    if is_more and isinstance(inner, dict):
        inner["more"] = value
    elif value == GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value

    with mock.patch.object(read_class, "quick_class", return_value=None):
        slowly = outcome(tree)

    assert outcome(tree) == slowly


def test_what_a_window_has_in_common_with_its_class_is_not_read_again() -> None:
    """It is the same value."""
    version = read_tree(json.loads(TEXT), is_canonical=True)
    first = version.classes[0]
    assert first.during["pre"].order is first.rules.order
    assert first.during["pre"].tiers is None
