"""Reads one session of the file."""

import re
from collections.abc import Collection, Mapping
from typing import Final, Literal, cast, get_args

from market_spread.hello import is_source_name
from shared.base.address import Address, parse_address
from shared.market.limits.file.node import Node
from shared.market.symbol_name import is_symbol_name
from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.counterparty.fields_table import read_fields
from shared.wire.fix.counterparty.settings import Carries, Role, SessionSettings, Tls
from shared.wire.fix.counterparty.venue_tables import read_actions, read_statuses
from shared.wire.fix.dialect import ACTIONS, CONDITIONS, STATUSES, BookKey, SymbolField

_KEYS: Final = (
    *("name", "role", "connect", "begin", "appl", "ours", "theirs", "carries", "heartbeat_s", "reset"),
    *("resends", "symbol", "map", "late_ms", "answer", "logon", "fields", "tls", "subscribe", "books"),
    *("request", "actions", "statuses", "conditions"),
)
_REQUIRED: Final = ("name", "role", "begin", "ours", "theirs", "carries")
_BEGINS: Final = ("FIX.4.2", "FIX.4.4", "FIXT.1.1")
_APPLS: Final = {"FIX.5.0SP2": b"9"}
_ONLY_QUOTES: Final = ("subscribe", "request", "books", "actions", "statuses", "conditions")
_ONLY_ORDERS: Final = ("late_ms", "answer", "resends")
MOST_SYMBOLS: Final = 10_000
_LONGEST_HEARTBEAT_S: Final = 3600
_LONGEST_LATE_MS: Final = 86_400_000

_RESET = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9]) (\S+)")
_COMP_ID = re.compile(r"[!-~]{1,64}")


def read_session(node: Node, carries: Collection[Carries], environment: Mapping[str, str]) -> SessionSettings:
    """The session of a table; what is wrong in it is noted, and something stands in its place.

    Args:
        node: `[[session]]`.
        carries: what the service can take.
        environment: where `env:NAME` is looked up.
    """
    is_table = node.is_table(_KEYS, _REQUIRED)
    table = node if is_table else Node({}, "", None, node.reading)
    role = cast(Role, _choice(table.key("role"), get_args(Role), "acceptor"))
    begin = _choice(table.key("begin"), _BEGINS, "FIX.4.4")
    kind = cast(Carries, _choice(table.key("carries"), tuple(carries), next(iter(carries))))
    _check_use(table, role, kind)
    return SessionSettings(
        name=_read_name(table.key("name")),
        role=role,
        begin=begin.encode(),
        ours=_read_comp_id(table.key("ours")),
        theirs=_read_comp_id(table.key("theirs")),
        carries=kind,
        connect=_read_connect(table.key("connect"), role),
        default_appl=_read_appl(table.key("appl"), begin),
        heartbeat_s=_whole(table.key("heartbeat_s"), 1, _LONGEST_HEARTBEAT_S, 30) or 0,
        reset=_read_reset(table.key("reset")),
        resends=kind != "quotes" and _flag(table.key("resends"), default=True),
        symbol=cast(SymbolField, _choice(table.key("symbol"), get_args(SymbolField), "55")),
        symbol_map=_text(table.key("map")),
        late_ms=_whole(table.key("late_ms"), 1, _LONGEST_LATE_MS, None),
        answer=_flag(table.key("answer"), default=False),
        logon=read_fields(table.key("logon"), environment),
        fields=read_fields(table.key("fields"), environment),
        tls=_read_tls(table.key("tls"), role),
        subscribe=_read_symbols(table.key("subscribe")),
        request=read_fields(table.key("request"), environment),
        books=cast(BookKey, _choice(table.key("books"), get_args(BookKey), "auto")),
        actions=read_actions(table.key("actions"), ACTIONS),
        statuses=read_statuses(table.key("statuses"), STATUSES),
        conditions=read_statuses(table.key("conditions"), CONDITIONS),
    )


def _check_use(table: Node, role: Role, carries: Carries) -> None:
    """Note settings that say nothing about such a session."""
    for name in _ONLY_ORDERS if carries == "quotes" else _ONLY_QUOTES:
        if not table.key(name).is_missing():
            table.key(name).fail(f'not for a session that carries "{carries}"')
    if role == "acceptor" and carries == "quotes":
        for name in ("subscribe", "request"):
            if not table.key(name).is_missing():
                table.key(name).fail("only an initiator subscribes")
    if not table.key("request").is_missing() and table.key("subscribe").is_missing():
        table.key("request").fail("without subscribe nothing is requested")


def _choice(node: Node, words: tuple[str, ...], default: str) -> str:
    return default if node.is_missing() else node.choice(*words)


def _text(node: Node) -> str:
    if node.is_missing():
        return ""
    text = node.text()
    if text == "" and isinstance(node.value, str):
        node.fail("it is empty; leave it out")
    return text


def _flag(node: Node, *, default: bool) -> bool:
    if node.is_missing():
        return default
    if not isinstance(node.value, bool):
        node.fail("true or false is expected")
        return default
    return node.value


def _whole(node: Node, least: int, most: int, default: int | None) -> int | None:
    return default if node.is_missing() else node.whole(least, most)


def _read_name(node: Node) -> str:
    if node.is_missing():
        return ""
    name = node.text()
    if isinstance(node.value, str) and not is_source_name(name.encode()):
        node.fail(f'"{name[:60]}" is no name: 1 to 64 of A-Z a-z 0-9 . _ -')
    return name


def _read_comp_id(node: Node) -> bytes:
    if node.is_missing():
        return b""
    text = node.text()
    if isinstance(node.value, str) and not _COMP_ID.fullmatch(text):
        node.fail("a CompID is expected: 1 to 64 printable ASCII characters without spaces")
        return b""
    return text.encode()


def _read_connect(node: Node, role: Role) -> Address | None:
    if role == "acceptor":
        if not node.is_missing():
            node.fail("an acceptor does not dial; it listens at --fix-listen")
        return None
    if node.is_missing():
        node.fail('missing: an initiator needs "host:port"')
        return None
    text = node.text()
    try:
        address = parse_address(text)
    except ValueError as error:
        if isinstance(node.value, str):
            node.fail(str(error))
        return None
    if address.port == 0:
        node.fail("port 0 cannot be dialled")
    return address


def _read_appl(node: Node, begin: str) -> bytes:
    if begin == "FIXT.1.1":
        if node.is_missing():
            node.fail('missing: FIXT.1.1 needs appl = "FIX.5.0SP2"')
            return b""
        return _APPLS[node.choice(*_APPLS)]
    if not node.is_missing():
        node.fail("only for FIXT.1.1")
    return b""


def _read_reset(node: Node) -> Literal["never", "logon"] | DailyReset:
    if node.is_missing() or node.value == "never":
        return "never"
    if node.value == "logon":
        return "logon"
    text = node.text()
    found = _RESET.fullmatch(text)
    if found is None:
        if isinstance(node.value, str):
            node.fail(f'"never", "logon" or "17:00 America/New_York" is expected, not "{text[:60]}"')
        return "never"
    try:
        return DailyReset(int(found[1]), int(found[2]), found[3])
    except (ValueError, OSError, LookupError):  # of a folder's name, too, and of what is no path
        node.fail(f'"{found[3][:60]}" is no time zone that this machine knows; such as America/New_York')
        return "never"


def _read_tls(node: Node, role: Role) -> Tls | None:
    if node.is_missing():
        return None
    if not node.is_table(Tls._fields):
        return None
    tls = Tls(*(_text(node.key(name)) for name in Tls._fields))
    if bool(tls.certificate) != bool(tls.key):
        node.fail("certificate and key belong together")
    elif role == "acceptor" and not tls.certificate:
        node.fail("an acceptor needs certificate and key")
    return tls


def _read_symbols(node: Node) -> tuple[str, ...]:
    if node.is_missing():
        return ()
    symbols = []
    for entry in node.entries("symbols", MOST_SYMBOLS):
        symbol = entry.text()
        if isinstance(entry.value, str) and not is_symbol_name(symbol):
            entry.fail("a symbol is expected: 1 to 64 printable ASCII characters without outer spaces")
        symbols.append(symbol)
    return tuple(symbols)
