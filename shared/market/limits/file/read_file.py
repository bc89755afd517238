"""Reads a file of limits as a whole, or its canonical form."""

import tomllib
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from market_spread.fields import LONGEST_ACCOUNT
from shared.base.iso_time import parse_time
from shared.market.limits.file.mistakes import Mistake, WrongLimits
from shared.market.limits.file.node import Node, Reading
from shared.market.limits.file.quick_class import MOST_PATTERNS
from shared.market.limits.file.reach import find_unreachable
from shared.market.limits.file.read_class import read_class, read_patterns
from shared.market.limits.file.read_session import read_sessions
from shared.market.limits.file.read_steps import read_width
from shared.market.limits.values import AccountProfile, LimitsVersion, Override, SymbolClass
from shared.market.symbol_name import is_symbol_name

FORMAT: Final = 1
LARGEST_FILE: Final = 4 * 1024 * 1024
"""Bytes."""
MOST_CLASSES: Final = 1000
MOST_PROFILES: Final = 1000
MOST_OVERRIDES: Final = 10_000
_KEYS: Final = ("format", "comment", "session", "class", "account", "override")
_ACCOUNT_KEYS: Final = ("name", "accounts", "tighten", "max_quantity", "max_notional", "severity")
_OVERRIDE_KEYS: Final = ("symbol", "spread", "ratio", "until", "why")


def read_limits(content: bytes) -> LimitsVersion:
    """Read a file of limits.

    Args:
        content: TOML.

    Raises:
        WrongLimits: all mistakes, each with its place in the file.
    """
    if len(content) > LARGEST_FILE:
        raise _whole(f"the file has {len(content)} bytes; {LARGEST_FILE} is the most")
    try:
        tree = tomllib.loads(content.decode(), parse_float=_decimal)
    except UnicodeDecodeError as error:
        raise _whole(f"the file is not UTF-8: byte {error.start}") from None
    except RecursionError:
        raise _whole("the file is nested too deeply") from None
    except ValueError as error:  # of numbers with thousands of digits, too
        raise _whole(f"the file is not TOML: {error}") from None
    return read_tree(tree, is_canonical=False)


def read_tree(tree: Any, *, is_canonical: bool) -> LimitsVersion:
    """Read what a parser made of a file.

    Args:
        tree: tables, lists, texts and numbers.
        is_canonical: whether it is the canonical form, in which presets are expanded.

    Raises:
        WrongLimits: all mistakes, each with its place in the file.
    """
    reading = Reading(is_canonical=is_canonical)
    root = Node(tree, "", None, reading)
    version = _read_version(root)
    if not reading.mistakes and not is_canonical:  # it was looked at before it was written
        find_unreachable(version, root)
    if reading.mistakes:
        raise WrongLimits(tuple(reading.mistakes))
    return version


def _read_version(node: Node) -> LimitsVersion:
    if not node.is_table(_KEYS, ("format", "class")):
        return LimitsVersion((), {})
    number, comment = node.key("format"), node.key("comment")
    if not number.is_missing() and (number.value != FORMAT or isinstance(number.value, bool)):
        number.fail(f"{FORMAT} is the only format that there is")
    sessions = read_sessions(node.key("session"))
    classes = [read_class(each, sessions) for each in _tables(node.key("class"), "class", MOST_CLASSES)]
    version = LimitsVersion(
        classes=tuple(each for each in classes if each is not None),
        sessions=sessions,
        accounts=tuple(map(_read_profile, _tables(node.key("account"), "account", MOST_PROFILES))),
        overrides=_read_overrides(node.key("override")),
        comment="" if comment.is_missing() else comment.text(),
    )
    _check_names(node.key("class"), [each.name for each in version.classes])
    _check_names(node.key("account"), [each.name for each in version.accounts])
    _check_classes(node.key("class"), version.classes)
    if sum(len(each.accounts) for each in version.accounts) > MOST_PATTERNS:
        node.key("account").fail(f"more than {MOST_PATTERNS} patterns in all")
    return version


def _tables(node: Node, word: str, most: int) -> list[Node]:
    """The tables of `[[word]]`."""
    return [] if node.is_missing() else list(node.entries(f"tables [[{word}]]", most))


def _check_names(node: Node, names: list[str]) -> None:
    seen: dict[str, int] = {}
    for number, name in enumerate(names, 1):
        if name and seen.setdefault(name, number) != number:
            node.entry(number).key("name").fail(f'"{name[:64]}" is the name of {node.path}[{seen[name]}] too')


def _check_classes(node: Node, classes: tuple[SymbolClass, ...]) -> None:
    if sum(len(each.symbols) for each in classes) > MOST_PATTERNS:
        node.fail(f"more than {MOST_PATTERNS} patterns in all")
    if classes and "*" not in classes[-1].symbols:
        node.entry(len(classes)).key("symbols").fail(
            'the last class has to have "*", so that every symbol has one'
        )


def _read_profile(node: Node) -> AccountProfile:
    if not node.is_table(_ACCOUNT_KEYS, ("name", "accounts")):
        return AccountProfile("", ())
    name, accounts, tighten, max_quantity, max_notional, severity = map(node.key, _ACCOUNT_KEYS)
    is_high = not severity.is_missing() and severity.choice("normal", "high") == "high"
    return AccountProfile(
        name="" if name.is_missing() else name.name(),
        accounts=read_patterns(accounts, LONGEST_ACCOUNT),
        tighten=Decimal(1) if tighten.is_missing() else tighten.number(at_most=Decimal(1)),
        max_quantity=None if max_quantity.is_missing() else max_quantity.number(),
        max_notional=None if max_notional.is_missing() else max_notional.number(),
        severity="high" if is_high else "normal",
    )


def _read_overrides(node: Node) -> dict[str, Override]:
    overrides: dict[str, Override] = {}
    for entry in _tables(node, "override", MOST_OVERRIDES):
        if not entry.is_table(_OVERRIDE_KEYS, ("symbol", "until", "why")):
            continue
        override = _read_override(entry)
        if override.symbol and override.symbol in overrides:
            entry.key("symbol").fail(f'there is an override for "{override.symbol}" above')
        overrides[override.symbol] = override
    return overrides


def _read_override(node: Node) -> Override:
    symbol, why, until = node.key("symbol"), node.key("why"), node.key("until")
    if not symbol.is_missing() and not _is_symbol(symbol.value):
        symbol.fail("a symbol is expected: 1 to 64 printable ASCII characters without outer spaces")
    if not why.is_missing() and not why.text().strip():
        why.fail("the reason is expected")
    return Override(
        symbol=symbol.value if isinstance(symbol.value, str) else "",
        width=read_width(node),
        until_us=0 if until.is_missing() else _read_moment(until),
        why=why.value if isinstance(why.value, str) else "",
    )


def _is_symbol(value: object) -> bool:
    return isinstance(value, str) and is_symbol_name(value) and value == value.strip()


def _read_moment(node: Node) -> int:
    value = node.value
    text = value.isoformat() if isinstance(value, datetime) else value
    try:
        if isinstance(text, str) and datetime.fromisoformat(text).tzinfo is not None:
            return parse_time(text)
    except (ValueError, OverflowError):
        pass
    node.fail("a time with its zone is expected, such as 2026-11-25T16:00:00-05:00")
    return 0


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return Decimal("NaN")


def _whole(text: str) -> WrongLimits:
    return WrongLimits((Mistake("", text),))
