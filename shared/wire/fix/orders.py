"""Orders out of FIX messages: requests (35=D, E, G), or reports about them (35=8)."""

from typing import Final, NamedTuple

from market_spread.order import Order
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.groups import read_group
from shared.wire.fix.message import Fields, Message
from shared.wire.fix.sides import SIDES
from shared.wire.fix.values import (
    LONGEST_TEXT,
    LONGEST_TIME,
    Refusal,
    check_symbol,
    is_printable,
    number,
    symbol_of,
    text,
)

LONGEST_LIST: Final = 1000
"""A list (35=E) of more orders is refused as a whole: it could not be committed in one portion."""

_SINGLE: Final = b"D", b"G"
_LIST: Final = b"E"
_REPORT: Final = b"8"
_NEW_OR_REPLACED: Final = b"0", b"5"
_MARKET: Final = b"1"
_ACCOUNT_ROLES: Final = b"24", b"38", b"3"
"""PartyRoles (452) that name an account, the best one first: customer account, position account, client."""


class FixDetails(NamedTuple):
    """What a message says of an order beyond what all orders have; empty or None where it says nothing."""

    orig_order_id: bytes
    """OrigClOrdID (41): the order that this one replaces."""
    broker_order_id: bytes
    """OrderID (37)."""
    exec_id: bytes
    """ExecID (17)."""
    msg_type: bytes
    """MsgType (35)."""
    exec_type: bytes
    """ExecType (150)."""
    order_type: bytes
    """OrdType (40)."""
    stop_price: float | None
    """StopPx (99)."""
    cash_quantity: float | None
    """CashOrderQty (152)."""
    security_id: bytes
    """SecurityID (48)."""
    venue: bytes
    """SecurityExchange (207), else ExDestination (100)."""
    currency: bytes
    """Currency (15)."""
    sending_time: bytes
    """OrigSendingTime (122), else SendingTime (52)."""
    poss_resend: bytes
    """PossResend (97)."""


class FixOrder(NamedTuple):
    """An order with what FIX says of it."""

    order: Order
    details: FixDetails
    index: int
    """Its place in its list, from 1; 0 for an order that came by itself."""


class RefusedOrder(NamedTuple):
    """An order that cannot be read."""

    reason: str
    """As for frames: `symbol`, `side`, `order_id`, `account`, `transact_time`, `number`, `list`; `type` for a
    message in which something is no field; the name of a detail that is too long or not printable ASCII."""
    index: int
    """Its place in its list, from 1; 0 for one that came by itself, and for a list as a whole."""


def read_orders(message: Message, dialect: Dialect) -> list[FixOrder | RefusedOrder]:
    """The orders that a message has, in order; none if it is no message about new or replaced orders."""
    if not has_orders(message, dialect):
        return []
    if message.is_malformed:
        return [RefusedOrder("type", 0)]
    if message.kind == _LIST:
        return _read_list(message, dialect)
    return [_read(message, message, 0, dialect)]


def has_orders(message: Message, dialect: Dialect) -> bool:
    """Whether a message is one that orders come in."""
    if dialect.carries == "requests":
        return message.kind in _SINGLE or message.kind == _LIST
    return (
        message.kind == _REPORT
        and message.get(b"150") in _NEW_OR_REPLACED
        and message.get(b"20") in {b"", b"0"}  # up to FIX.4.2: not a correction, a cancel, a status
    )


def _read_list(message: Message, dialect: Dialect) -> list[FixOrder | RefusedOrder]:
    """The orders of a list; one refusal for a list that is too long, or not as long as it says."""
    orders, is_complete = read_group(message, b"73")
    if not is_complete or not 0 < len(orders) <= LONGEST_LIST:
        return [RefusedOrder("list", 0)]
    return [_read(order, message, index, dialect) for index, order in enumerate(orders, start=1)]


def _read(order: Fields, message: Message, index: int, dialect: Dialect) -> FixOrder | RefusedOrder:
    """One order.

    Args:
        order: its own fields.
        message: the message, for the fields of the header.
        index: its place in its list, or 0.
        dialect: of the counterparty.
    """
    try:
        return FixOrder(_order(order, message, dialect), _details(order, message), index)
    except Refusal as refusal:
        return RefusedOrder(refusal.reason, index)


def _order(order: Fields, message: Message, dialect: Dialect) -> Order:
    """What all orders have; checked in the order of the contract's reasons."""
    get = order.get
    symbol = check_symbol(symbol_of(order, dialect.symbol))
    side = SIDES.get(get(b"54"))
    if side is None:
        raise Refusal("side")
    order_id = text("order_id", (get(b"11") or get(b"37")).strip(b" "))
    account = text("account", get(b"1") or _account_of_parties(order))
    transact_time = text("transact_time", get(b"60") or message.get(b"52"), LONGEST_TIME)
    quantity = number(get(b"38"))
    price = None if get(b"40") == _MARKET else number(get(b"44"))
    return Order(side, account, order_id, symbol, quantity, price, transact_time)


def _account_of_parties(order: Fields) -> bytes:
    """The account where a party (453) has it; empty if none has."""
    if b"453" not in order:
        return b""
    parties = {party.get(b"452"): party.get(b"448") for party in reversed(read_group(order, b"453").entries)}
    return next((parties[role] for role in _ACCOUNT_ROLES if parties.get(role)), b"")


def _details(order: Fields, message: Message) -> FixDetails:
    get = order.get
    stop_price, cash_quantity = number(get(b"99")), number(get(b"152"))
    details = FixDetails(
        get(b"41"),
        get(b"37"),
        get(b"17"),
        message.kind,
        get(b"150"),
        get(b"40"),
        stop_price,
        cash_quantity,
        get(b"48"),
        get(b"207") or get(b"100"),
        get(b"15"),
        text("sending_time", message.get(b"122") or message.get(b"52"), LONGEST_TIME),
        message.get(b"97"),
    )
    texts = [value for value in details if isinstance(value, bytes)]
    if max(map(len, texts)) > LONGEST_TEXT or not is_printable(b"".join(texts)):
        raise Refusal(_unfit(details))
    return details


def _unfit(details: FixDetails) -> str:
    """The first detail that is too long or not printable ASCII."""
    for name, value in zip(FixDetails._fields, details, strict=True):
        if isinstance(value, bytes) and (len(value) > LONGEST_TEXT or not is_printable(value)):
            return name
    raise AssertionError("all details are fit")
