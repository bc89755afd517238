"""Reads limits by price: tiers, collars and ticks, as lists, as one limit for all prices, or by a preset."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from shared.market.limits.file import presets
from shared.market.limits.file.node import Node
from shared.market.limits.values import Collar, Preset, Step, Steps, Width

_WIDTH_KEYS: Final = ("spread", "ratio")
_COLLAR_KEYS: Final = ("money", "ratio", "use")
_TICK_KEYS: Final = ("tick",)
MOST_STEPS: Final = 1000


def read_tiers(node: Node) -> Steps[Width] | None:
    """Tiers; None if they are off."""
    return _read(node, read_width, _WIDTH_KEYS, presets.WIDTHS, needs_list=True)


def read_collars(node: Node) -> Steps[Collar] | None:
    """Collars of `through` or `away`; None if they are off."""
    return _read(node, _read_collar, _COLLAR_KEYS, presets.COLLARS)


def read_ticks(node: Node) -> Steps[Decimal] | None:
    """Ticks; None if they are off."""
    return _read(node, _read_tick, _TICK_KEYS, presets.TICKS, needs_list=True)


def read_width(node: Node) -> Width:
    """Spread, ratio or both of a table that was looked at."""
    width = Width(*(_optional(node.key(name)) for name in _WIDTH_KEYS))
    if width == Width(None, None):
        node.fail("it names neither spread nor ratio")
    return width


def _read_collar(node: Node) -> Collar:
    money, ratio, use = _optional(node.key("money")), _optional(node.key("ratio")), node.key("use")
    if money is None and ratio is None:
        node.fail("it names neither money nor ratio")
    if not use.is_missing() and (money is None or ratio is None):
        use.fail("there is a choice only where both money and ratio are named")
    is_smaller = not use.is_missing() and use.choice("larger", "smaller") == "smaller"
    return Collar(money, ratio, "smaller" if is_smaller else "larger")


def _read_tick(node: Node) -> Decimal:
    tick = node.key("tick")
    return Decimal(1) if tick.is_missing() else tick.number()


def _optional(node: Node) -> Decimal | None:
    return None if node.is_missing() else node.number()


def _read(
    node: Node,
    read_step: Callable[[Node], Step],
    keys: tuple[str, ...],
    known_presets: Mapping[str, Steps[Step]],
    *,
    needs_list: bool = False,
) -> Steps[Step] | None:
    required = keys if keys == _TICK_KEYS else ()
    if node.value == "off":
        return None
    if isinstance(node.value, dict) and "preset" in node.value:
        return _read_preset(node, read_step, keys, known_presets)
    if isinstance(node.value, dict) and not needs_list:
        node.is_table(keys, required)
        return Steps(((Decimal(0), read_step(node)),))
    if not isinstance(node.value, list):
        node.fail('a list of tables with from, { preset = "..." } or "off" is expected')
        return None
    return Steps(_read_list(node, read_step, keys, required))


def _read_list(
    node: Node, read_step: Callable[[Node], Step], keys: tuple[str, ...], required: tuple[str, ...]
) -> tuple[tuple[Decimal, Step], ...]:
    steps: list[tuple[Decimal, Step]] = []
    for entry in node.entries("tables with from", MOST_STEPS):
        if not entry.is_table(("from", *keys), ("from", *required)):
            continue
        begin = entry.key("from")
        number = Decimal(0) if begin.is_missing() else begin.number(above_zero=False)
        if steps and number <= steps[-1][0] and not begin.is_missing():
            begin.fail(f"{number} is not above {steps[-1][0]}, where the entry before begins")
        steps.append((number, read_step(entry)))
    return tuple(steps)


def _read_preset(
    node: Node,
    read_step: Callable[[Node], Step],
    keys: tuple[str, ...],
    known_presets: Mapping[str, Steps[Step]],
) -> Steps[Step] | None:
    """A preset by its name; the canonical form has all that it says, whatever is known by that name now."""
    name = node.key("preset").text()
    if node.reading.is_canonical:
        node.is_table(("preset", "source", "date", "steps"), ("source", "date", "steps"))
        preset = Preset(name, node.key("source").text(), node.key("date").text())
        return Steps(_read_list(node.key("steps"), read_step, keys, ()), preset)
    node.is_table(("preset",))
    if name not in known_presets:
        node.key("preset").fail(f'"{name}" is no preset for this; there are {", ".join(known_presets)}')
    return known_presets.get(name)
