"""The limits that hold for a symbol and an account at a moment, as HTTP has them: numbers as decimal text."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from shared.market.exact import Bound
from shared.market.limits.rules_in_force import CollarBounds, Ladder, RulesInForce, Value, WidthBounds
from shared.market.limits.values import Policy


def rules_tree(rules: RulesInForce) -> dict[str, Any]:
    """All limits after tightening; null: not tested."""
    return {
        "tiers": _ladder(rules.tiers, _width),
        "states": {name: _policy(policy) for name, policy in rules.states._asdict().items()},
        "stale": rules.stale._asdict(),
        "order": {
            "market": None if rules.market is None else _width(rules.market),
            "through": _ladder(rules.through, _collar),
            "away": _ladder(rules.away, _collar),
            "bands": rules.bands,
            "tick": _ladder(rules.tick, lambda tick: {"tick": _plain(tick)}),
            "max_quantity": _bound(rules.max_quantity),
            "max_notional": _bound(rules.max_notional),
        },
        "multiplier": _bound(rules.multiplier),
        "absent": [f"{price:.15g}" for price in sorted(rules.absent)],
        "severity": rules.severity,
    }


def _ladder(ladder: Ladder[Value] | None, convert: Callable[[Value], dict[str, Any]]) -> Any:
    if ladder is None:
        return None
    steps = zip(ladder.begins, ladder.values, strict=True)
    return [{"from": f"{begin:.15g}", **convert(value)} for begin, value in steps]


def _width(width: WidthBounds) -> dict[str, Any]:
    return {"spread": _bound(width.spread), "ratio": _bound(width.ratio)}


def _collar(collar: CollarBounds) -> dict[str, Any]:
    has_both = None not in {collar.money, collar.ratio}
    use = ("larger" if collar.use_larger else "smaller") if has_both else None
    return {"money": _bound(collar.money), "ratio": _bound(collar.ratio), "use": use}


def _policy(policy: Policy) -> object:
    return {"after_ms": policy.after_ms} if policy.after_ms else policy.kind


def _bound(limit: Bound | None) -> str | None:
    return None if limit is None else _plain(limit.exact)


def _plain(number: Decimal) -> str:
    return f"{number:f}"
