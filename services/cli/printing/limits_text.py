"""Limits and verdicts as text for a person."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import inf

from shared.base.iso_time import iso_utc
from shared.base.printable import printable
from shared.market.exact import Bound
from shared.market.limits.met import MetQuote
from shared.market.limits.rules_in_force import CollarBounds, Ladder, RulesInForce, Value, WidthBounds
from shared.market.limits.values import ClassRules, LimitsVersion, Policy, Preset, Steps, SymbolClass
from shared.market.limits.verdict import Verdict


def summary(version: LimitsVersion) -> Iterator[str]:
    """What a version has: a line for each class and profile, and one for the overrides."""
    for each in version.classes:
        session = f", session {each.session}" if each.session else ""
        during = f", other limits during {', '.join(each.during)}" if each.during else ""
        yield f"class {each.name}: {_count(len(each.symbols), 'pattern')}{session}{during}"
    for profile in version.accounts:
        factor = "" if profile.tighten == 1 else f", limits times {profile.tighten}"
        yield f"account profile {profile.name}: {_count(len(profile.accounts), 'pattern')}{factor}"
    if version.overrides:
        yield f"overrides: {', '.join(version.overrides)}"


def rules_lines(symbol_class: SymbolClass, rules: RulesInForce) -> Iterator[str]:
    """All limits that hold, after tightening, each with the public table that it is from."""
    source = symbol_class.during.get(rules.scope.window, symbol_class.rules)
    tiers_from = None if rules.scope.has_override else source.tiers
    yield f"limits: {rules.scope.label()}"
    yield f"tiers by the bid: {_ladder(rules.tiers, _width)}{_preset(tiers_from)}"
    yield f"states: {', '.join(f'{name} {_policy(each)}' for name, each in rules.states._asdict().items())}"
    yield from _order_lines(source, rules)
    if rules.absent:
        yield f"prices that mean no price: {', '.join(f'{price:.15g}' for price in sorted(rules.absent))}"


def _order_lines(source: ClassRules, rules: RulesInForce) -> Iterator[str]:
    order = source.order
    for name, text in (
        ("quote_ms", rules.stale.quote_ms and str(rules.stale.quote_ms)),
        ("feed_ms", rules.stale.feed_ms and str(rules.stale.feed_ms)),
        ("market", rules.market and _width(rules.market)),
        ("through", rules.through and _ladder(rules.through, _collar) + _preset(order.through)),
        ("away", rules.away and _ladder(rules.away, _collar) + _preset(order.away)),
        ("bands", rules.bands and "alert"),
        ("tick", rules.tick and _ladder(rules.tick, str) + _preset(order.tick)),
        ("max_quantity", rules.max_quantity and _bound(rules.max_quantity)),
        ("max_notional", rules.max_notional and _notional(rules.max_notional, rules.multiplier.exact)),
    ):
        if text:
            yield f"{name}: {text}"


def tier_line(rules: RulesInForce, bid: float | None) -> str:
    """The tier that holds at a bid; below the first one, and without a bid, that is the first."""
    if rules.tiers is None:
        return "tier: off"
    return f"tier: {_width(rules.tiers.at(-inf if bid is None else bid))}"


def quote_line(quote: MetQuote | None) -> str:
    """The market that an order meets."""
    if quote is None:
        return "quote: none"
    sides = (f"{name} {'absent' if price is None else f'{price:.15g}'}" for name, price in _sides(quote))
    source = f", from {printable(quote.source)}" if quote.source else ""
    at = "" if quote.updated_at_us is None else f", of {iso_utc(quote.updated_at_us)}"
    status = "" if quote.status is None else f", status {quote.status}"
    return f"quote: {' and '.join(sides)}{at}{source}{status}"


def _sides(quote: MetQuote) -> tuple[tuple[str, float | None], ...]:
    return ("bid", quote.bid), ("offer", quote.offer)


def verdict_lines(verdict: Verdict) -> Iterator[str]:
    """What is said to an order, and which tests were made."""
    severity = "" if verdict.severity == "normal" else f" (severity {verdict.severity})"
    if verdict.reasons:
        yield f"verdict: alert{severity}, reason {','.join(verdict.reasons)}"
        yield f"broken: {verdict.broken}"
    else:
        yield "verdict: no alert"
    yield f"state: {verdict.state}"
    yield f"passed: {', '.join(verdict.passed) or 'nothing'}"
    yield f"skipped, for want of what they compare: {', '.join(verdict.skipped) or 'nothing'}"


def _ladder(ladder: Ladder[Value] | None, convert: Callable[[Value], str]) -> str:
    if ladder is None:
        return "off"
    if len(ladder.values) == 1:
        return convert(ladder.values[0])
    steps = zip(ladder.begins, ladder.values, strict=True)
    return "; ".join(f"from {begin:.15g}: {convert(value)}" for begin, value in steps)


def _width(width: WidthBounds) -> str:
    return _named(("spread", width.spread), ("ratio", width.ratio))


def _collar(collar: CollarBounds) -> str:
    both = _named(("money", collar.money), ("ratio", collar.ratio))
    if collar.money is None or collar.ratio is None:
        return both
    return f"the {'larger' if collar.use_larger else 'smaller'} of {both}"


def _named(*limits: tuple[str, Bound | None]) -> str:
    return " and ".join(f"{name} {_bound(limit)}" for name, limit in limits if limit is not None)


def _bound(limit: Bound) -> str:
    return f"{limit.exact:f}"


def _notional(limit: Bound, multiplier: Decimal) -> str:
    return _bound(limit) + ("" if multiplier == 1 else f", at {multiplier} units for one of quantity")


def _policy(policy: Policy) -> str:
    return f"alert after {policy.after_ms} ms" if policy.after_ms else policy.kind


def _preset(steps: Steps[Value] | None) -> str:
    preset: Preset | None = None if steps is None else steps.preset
    return "" if preset is None else f" (preset {preset.name}: {preset.source}; {preset.date})"


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
