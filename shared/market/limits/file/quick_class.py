"""Reads a class of the canonical form quickly: classes are most of what a version has.

A service loads a version between two batches. What is exactly as `canonical` writes it is taken from here;
anything else is left to the readers that say what is wrong with it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final, Literal

from shared.market.limits.file.node import decimal_of_text, is_name
from shared.market.limits.file.read_steps import MOST_STEPS
from shared.market.limits.session import CLOSED, Session
from shared.market.limits.values import (
    ALERT,
    NEEDED,
    PASS,
    ClassRules,
    Collar,
    OrderTests,
    Policy,
    Preset,
    Stale,
    States,
    Step,
    Steps,
    SymbolClass,
    Width,
)

MOST_PATTERNS: Final = 10_000
MOST_ABSENT: Final = 1000
"""Prices that mean no price, of a class."""
RULES: Final = ClassRules._fields
KEYS: Final = ("name", "symbols", "session", "absent", "multiplier", *RULES, "during")
"""Of a class."""
_KEYS: Final = frozenset(KEYS)
_POLICIES: Final = {"alert": ALERT, "pass": PASS}
_USES: Final[dict[str, Literal["larger", "smaller"]]] = {"larger": "larger", "smaller": "smaller"}
_WAITING: Final = {"one_sided", "locked", "crossed"}
LAST_MS: Final = 86_400_000
"""The longest time that a test can have."""
LEAST_MS: Final = {"quote_ms": 1, "feed_ms": 500}
"""The shortest silence; a source is looked at every 100 ms, and its silence is known only so exactly."""


class _Strange(Exception):
    """It is not what we write."""


def quick_class(
    tree: Mapping[str, Any], sessions: Mapping[str, Session], fault_of: Callable[[str], str]
) -> SymbolClass | None:
    """A class of the canonical form; None if it has to be looked at closely.

    Args:
        tree: the class.
        sessions: of the version.
        fault_of: what is wrong with a pattern for symbols; empty if nothing is.
    """
    try:
        if not tree.keys() <= _KEYS or not is_name(tree["name"]):
            return None
        patterns, session = tree["symbols"], tree.get("session")
        if (
            type(patterns) is not list
            or not 0 < len(patterns) <= MOST_PATTERNS
            or any(map(fault_of, patterns))
        ):
            return None
        windows = () if session is None else (*sessions[session].windows, CLOSED)
        rules = _rules(tree, {}, ClassRules())
        return SymbolClass(
            name=tree["name"],
            symbols=tuple(patterns),
            session=session,
            absent=_absent(tree.get("absent", [])),
            multiplier=_above_zero(tree["multiplier"]),
            rules=rules,
            during={
                window: _window(window in windows, part, tree, rules)
                for window, part in tree.get("during", {}).items()
            },
        )
    except (_Strange, KeyError, TypeError, AttributeError):
        return None


def _absent(prices: Any) -> tuple[Decimal, ...]:
    if type(prices) is not list or len(prices) > MOST_ABSENT:
        raise _Strange
    return tuple(map(_number, prices))


def _window(is_known: bool, part: Any, around: Mapping[str, Any], base: ClassRules) -> ClassRules:  # noqa: FBT001 (an argument as any)
    if not is_known:
        raise _Strange
    _has(part, *ClassRules._fields)
    return _rules(part, around, base)


def _rules(tree: Mapping[str, Any], around: Mapping[str, Any], base: ClassRules) -> ClassRules:
    """The rules in a table.

    Args:
        tree: a class, or one of its windows.
        around: the class that a window belongs to, and from which it differs in a part; otherwise empty.
        base: the rules of that class.
    """
    same = {name for name in ClassRules._fields if name in around and around[name] == tree[name]}
    return ClassRules(
        base.tiers if "tiers" in same else _steps(tree["tiers"], _width),
        base.states if "states" in same else _states(tree["states"]),
        base.stale if "stale" in same else _stale(tree["stale"]),
        base.order if "order" in same else _order(tree["order"]),
    )


@lru_cache(maxsize=10_000)
def _number(text: object) -> Decimal:
    number = decimal_of_text(text) if isinstance(text, str) else None
    if number is None:
        raise _Strange
    return number


def _above_zero(text: object) -> Decimal:
    number = _number(text)
    if number <= 0:
        raise _Strange
    return number


def _optional(tree: Mapping[str, Any], name: str) -> Decimal | None:
    return _above_zero(tree[name]) if name in tree else None


def _off_or(value: object, read: Callable[[Any], Step]) -> Step | None:
    return None if value == "off" else read(value)


def _has(tree: Mapping[str, Any], *names: str) -> None:
    """Raise unless a table has these keys and no others."""
    if tuple(tree) != names:
        raise _Strange


def _width(tree: Mapping[str, Any]) -> Width:
    spread, ratio = _optional(tree, "spread"), _optional(tree, "ratio")
    count = (spread is not None) + (ratio is not None)
    if not count or len(tree) != count + ("from" in tree):
        raise _Strange
    return Width(spread, ratio)


def _collar(tree: Mapping[str, Any]) -> Collar:
    money, ratio = _optional(tree, "money"), _optional(tree, "ratio")
    count = (money is not None) + (ratio is not None)
    has_choice = count == 2
    if not count or len(tree) != 1 + count + has_choice:
        raise _Strange
    return Collar(money, ratio, _USES[tree["use"]] if has_choice else "larger")


def _tick(tree: Mapping[str, Any]) -> Decimal:
    _has(tree, "from", "tick")
    return _above_zero(tree["tick"])


def _steps(value: Any, read: Callable[[Mapping[str, Any]], Step]) -> Steps[Step] | None:
    if value == "off":
        return None
    if not isinstance(value, dict):
        return Steps(_list(value, read))
    _has(value, "preset", "source", "date", "steps")
    preset = Preset(value["preset"], value["source"], value["date"])
    if not all(isinstance(each, str) for each in preset):
        raise _Strange
    return Steps(_list(value["steps"], read), preset)


def _list(value: Any, read: Callable[[Mapping[str, Any]], Step]) -> tuple[tuple[Decimal, Step], ...]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_STEPS:
        raise _Strange
    steps = [(_number(each["from"]), read(each)) for each in value]
    begins = [begin for begin, _ in steps]
    if any(begin >= following for begin, following in pairwise(begins)):
        raise _Strange
    return tuple(steps)


def _states(tree: Mapping[str, Any]) -> States:
    _has(tree, *States._fields)
    return States(*(_policy(name, value) for name, value in tree.items()))


def _policy(name: str, value: Any) -> Policy:
    if isinstance(value, str):
        return NEEDED if name == "one_sided" and value == "needed" else _POLICIES[value]
    _has(value, "after_ms")
    if name not in _WAITING:
        raise _Strange
    return Policy("alert", _milliseconds(value["after_ms"], 1))


def _milliseconds(value: Any, least: int) -> int:
    if type(value) is not int or not least <= value <= LAST_MS:
        raise _Strange
    return value


def _stale(tree: Mapping[str, Any]) -> Stale:
    _has(tree, *Stale._fields)
    return Stale(
        *(None if tree[name] == "off" else _milliseconds(tree[name], LEAST_MS[name]) for name in LEAST_MS)
    )


def _order(tree: Mapping[str, Any]) -> OrderTests:
    _has(tree, *OrderTests._fields)
    if tree["bands"] not in {"alert", "off"}:
        raise _Strange
    return OrderTests(
        market=_off_or(tree["market"], _market),
        through=_steps(tree["through"], _collar),
        away=_steps(tree["away"], _collar),
        bands=tree["bands"] == "alert",
        tick=_steps(tree["tick"], _tick),
        max_quantity=_off_or(tree["max_quantity"], _above_zero),
        max_notional=_off_or(tree["max_notional"], _above_zero),
    )


def _market(tree: Mapping[str, Any]) -> Width:
    if "from" in tree:
        raise _Strange
    return _width(tree)
