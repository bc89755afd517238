"""Reads classes: which symbols, and what is tested for them."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Final

from shared.market.limits.file.node import Node
from shared.market.limits.file.quick_class import (
    KEYS,
    LAST_MS,
    LEAST_MS,
    MOST_ABSENT,
    MOST_PATTERNS,
    RULES,
    quick_class,
)
from shared.market.limits.file.read_steps import read_collars, read_ticks, read_tiers, read_width
from shared.market.limits.globs import parse_glob
from shared.market.limits.session import CLOSED, Session
from shared.market.limits.values import (
    ALERT,
    NEEDED,
    PASS,
    ClassRules,
    OrderTests,
    Policy,
    Stale,
    States,
    SymbolClass,
    Width,
)
from shared.market.symbol_name import LONGEST

_OFF: Final = "off"


def read_class(node: Node, sessions: Mapping[str, Session]) -> SymbolClass | None:
    """A class; None if it is no table."""
    quick = quick_class(node.value, sessions, _fault_of_symbols) if node.reading.is_canonical else None
    if quick is not None:
        return quick
    if not node.is_table(KEYS, ("name", "symbols", "tiers")):
        return None
    name, session, absent, multiplier = (
        node.key(each) for each in ("name", "session", "absent", "multiplier")
    )
    class_name = "" if name.is_missing() else name.name()
    symbols = read_patterns(node.key("symbols"), LONGEST)
    session_name = _read_session_name(session, sessions)
    rules = _read_rules(node, ClassRules())
    return SymbolClass(
        name=class_name,
        symbols=symbols,
        session=session_name,
        absent=tuple(
            ()
            if absent.is_missing() or absent.value == []
            else (each.number(above_zero=False) for each in absent.entries("prices", MOST_ABSENT))
        ),
        multiplier=Decimal(1) if multiplier.is_missing() else multiplier.number(),
        rules=rules,
        during=_read_during(node.key("during"), rules, sessions.get(session_name or "")),
    )


def read_patterns(node: Node, longest: int) -> tuple[str, ...]:
    """Patterns for texts of at most so many characters."""
    if node.is_missing():
        return ()
    patterns = []
    for entry in node.entries("patterns", MOST_PATTERNS):
        text = entry.text()
        patterns.append(text)
        if isinstance(entry.value, str) and (fault := _fault_of(text, longest)):
            entry.fail(fault)
    return tuple(patterns)


@lru_cache(maxsize=20_000)  # the next version has nearly the same ones
def _fault_of(pattern: str, longest: int) -> str:
    """What is wrong with a pattern for texts of at most so many characters; empty if nothing is."""
    try:
        glob = parse_glob(pattern)
    except ValueError as error:
        return f'"{pattern[:60]}": {error}'
    return f"nothing fits it: {longest} characters are the most" if glob.shortest() > longest else ""


def _fault_of_symbols(pattern: str) -> str:
    return _fault_of(pattern, LONGEST)


def _read_session_name(node: Node, sessions: Mapping[str, Session]) -> str | None:
    if node.is_missing():
        return None
    name = node.text()
    if name not in sessions:
        node.fail(f"there is no [session.{name[:60]}]")
    return name


def _read_during(node: Node, rules: ClassRules, session: Session | None) -> dict[str, ClassRules]:
    if node.is_missing() or not node.is_table():
        return {}
    if session is None:
        node.fail("windows are those of a session, and this class names none")
        return {}
    during = {}
    for window in node.value:
        part = node.key(window)
        if window not in session.windows and window != CLOSED:
            part.fail(f"no window of the session; there are {', '.join((*session.windows, CLOSED))}")
        if part.is_table(RULES):
            during[window] = _read_rules(part, rules)
    return during


def _read_rules(node: Node, base: ClassRules) -> ClassRules:
    """What is tested; what is not said is as in the base."""
    tiers, states, stale, order = (node.key(name) for name in RULES)
    return ClassRules(
        tiers=base.tiers if tiers.is_missing() else read_tiers(tiers),
        states=base.states if states.is_missing() else _read_states(states, base.states),
        stale=base.stale if stale.is_missing() else _read_stale(stale, base.stale),
        order=base.order if order.is_missing() else _read_order(order, base.order),
    )


def _read_states(node: Node, base: States) -> States:
    if not node.is_table(States._fields):
        return base
    names = _known(node, States._fields)
    return base._replace(**{name: _read_policy(node.key(name), name) for name in names})


def _read_policy(node: Node, name: str) -> Policy:
    may_wait = name in {"one_sided", "locked", "crossed"}
    if isinstance(node.value, dict) and may_wait:
        node.is_table(("after_ms",), ("after_ms",))
        after = node.key("after_ms")
        return ALERT if after.is_missing() else Policy("alert", after.whole(0, LAST_MS))
    words = {"alert": ALERT, "pass": PASS} | ({"needed": NEEDED} if name == "one_sided" else {})
    if isinstance(node.value, str) and node.value in words:
        return words[node.value]
    if may_wait:
        node.fail(f"{_quoted(words)} or {{ after_ms = N }} is expected")
    else:
        node.choice(*words)
    return ALERT


def _quoted(words: Collection[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def _read_stale(node: Node, base: Stale) -> Stale:
    if node.value == _OFF:
        return Stale()
    if not node.is_table(Stale._fields):
        return base
    return base._replace(
        **{
            name: None if node.key(name).value == _OFF else node.key(name).whole(LEAST_MS[name], LAST_MS)
            for name in _known(node, Stale._fields)
        }
    )


_ORDER_KEYS: Final = OrderTests._fields


def _read_order(node: Node, base: OrderTests) -> OrderTests:
    if node.value == _OFF:
        return OrderTests()
    if not node.is_table(_ORDER_KEYS):
        return base
    changes: dict[str, object] = {}
    for name in _known(node, _ORDER_KEYS):
        changes[name] = _read_order_test(node.key(name), name)
    return base._replace(**changes)  # type: ignore[arg-type]


def _read_order_test(node: Node, name: str) -> object:
    if name == "bands":
        return node.choice(_OFF, "alert") == "alert"
    if node.value == _OFF:
        return None
    if name in {"through", "away"}:
        return read_collars(node)
    if name == "tick":
        return read_ticks(node)
    if name == "market":
        return read_width(node) if node.is_table(Width._fields) else None
    return node.number()


def _known(node: Node, names: Collection[str]) -> list[str]:
    return [name for name in names if name in node.value]
