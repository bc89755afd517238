"""The canonical form of limits: JSON with everything filled in, and its hash."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared.base.iso_time import iso_utc
from shared.market.limits.file.mistakes import Mistake, WrongLimits
from shared.market.limits.file.read_file import FORMAT, read_tree
from shared.market.limits.session import DAYS, Session
from shared.market.limits.values import (
    AccountProfile,
    ClassRules,
    Collar,
    LimitsVersion,
    OrderTests,
    Override,
    Policy,
    Step,
    Steps,
    SymbolClass,
    Width,
)


def canonical(version: LimitsVersion) -> str:
    """The canonical form: the keys of the file in a fixed order, in ASCII.

    Its number is no part of it. The order of windows, classes and profiles means something and is kept.
    """
    tree = {
        "format": FORMAT,
        "comment": version.comment,
        "session": {name: _session(each) for name, each in version.sessions.items()},
        "class": [_class(each) for each in version.classes],
        "account": [_profile(each) for each in version.accounts],
        "override": [_override(each) for each in version.overrides.values()],
    }
    return json.dumps(_without_nothing(tree), separators=(",", ":"))


def hash_of(text: str) -> str:
    """The SHA-256 of a canonical form, in hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_canonical(text: str, number: int, sha256: str) -> LimitsVersion:
    """Read a canonical form back.

    Args:
        text: as `canonical` makes it.
        number: the number that it was published under.
        sha256: its hash.

    Raises:
        WrongLimits: it was damaged, or a later release has written it.
    """
    if hash_of(text) != sha256:
        raise WrongLimits((Mistake("", f"damaged: its SHA-256 is not {sha256}"),))
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WrongLimits((Mistake("", f"not JSON: {error}"),)) from None
    return replace(read_tree(tree, is_canonical=True), number=number)


def _session(session: Session) -> dict[str, Any]:
    return {
        "zone": session.zone,
        "days": ",".join(DAYS[day] for day in sorted(session.days)),
        "closed_on": [day.isoformat() for day in sorted(session.closed_on)],
        **{name: [span.text() for span in spans] for name, spans in session.windows.items()},
    }


def _class(symbol_class: SymbolClass) -> dict[str, Any]:
    return {
        "name": symbol_class.name,
        "symbols": list(symbol_class.symbols),
        "session": symbol_class.session,
        "absent": [_number(each) for each in symbol_class.absent],
        "multiplier": _number(symbol_class.multiplier),
        **_rules(symbol_class.rules),
        "during": {window: _rules(rules) for window, rules in symbol_class.during.items()},
    }


def _rules(rules: ClassRules) -> dict[str, Any]:
    return {
        "tiers": _steps(rules.tiers, _width),
        "states": {name: _policy(policy) for name, policy in rules.states._asdict().items()},
        "stale": {name: "off" if ms is None else ms for name, ms in rules.stale._asdict().items()},
        "order": _order(rules.order),
    }


def _order(order: OrderTests) -> dict[str, Any]:
    return {
        "market": "off" if order.market is None else _width(order.market),
        "through": _steps(order.through, _collar),
        "away": _steps(order.away, _collar),
        "bands": "alert" if order.bands else "off",
        "tick": _steps(order.tick, lambda tick: {"tick": _number(tick)}),
        "max_quantity": "off" if order.max_quantity is None else _number(order.max_quantity),
        "max_notional": "off" if order.max_notional is None else _number(order.max_notional),
    }


def _policy(policy: Policy) -> object:
    return {"after_ms": policy.after_ms} if policy.after_ms else policy.kind


def _steps(steps: Steps[Step] | None, convert: Callable[[Step], Mapping[str, Any]]) -> object:
    if steps is None:
        return "off"
    entries = [{"from": _number(begin), **convert(step)} for begin, step in steps.steps]
    if steps.preset is None:
        return entries
    name, source, date = steps.preset
    return {"preset": name, "source": source, "date": date, "steps": entries}


def _width(width: Width) -> dict[str, Any]:
    return {"spread": _number(width.spread), "ratio": _number(width.ratio)}


def _collar(collar: Collar) -> dict[str, Any]:
    has_choice = collar.money is not None and collar.ratio is not None
    return {
        "money": _number(collar.money),
        "ratio": _number(collar.ratio),
        "use": collar.use if has_choice else None,
    }


def _profile(profile: AccountProfile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "accounts": list(profile.accounts),
        "tighten": _number(profile.tighten),
        "max_quantity": _number(profile.max_quantity),
        "max_notional": _number(profile.max_notional),
        "severity": profile.severity,
    }


def _override(override: Override) -> dict[str, Any]:
    return {
        "symbol": override.symbol,
        **_width(override.width),
        "until": iso_utc(override.until_us),
        "why": override.why,
    }


def _number(number: Decimal | None) -> str | None:
    return None if number is None else f"{number:f}"


def _without_nothing(value: Any) -> Any:
    """The same without what is None, and without empty tables and lists."""
    if isinstance(value, dict):
        kept = {name: _without_nothing(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, {}, [])}
    return [_without_nothing(each) for each in value] if isinstance(value, list) else value
