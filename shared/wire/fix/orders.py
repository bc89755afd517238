"""Orders out of FIX messages: requests (35=D, E, G), or reports about them (35=8)."""

from typing import Final, NamedTuple

from market_spread.fields import (
    LONGEST_ACCOUNT,
    LONGEST_TIME,
    check_text,
    number_of,
    order_id_of,
    symbol_of,
    wrong,
)
from market_spread.framing import DecodeError, is_printable
from market_spread.order import Order
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.groups import read_group
from shared.wire.fix.message import Fields, Message
from shared.wire.fix.refused import Refused, bad_group, not_fields
from shared.wire.fix.sides import SIDES
from shared.wire.fix.symbols import raw_symbol

LONGEST_LIST: Final = 1000
"""A list (35=E) of more orders is refused as a whole: it could not be committed in one portion."""

LONGEST_DETAIL: Final = 64
"""Most characters of a text that travels beside an order."""

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
    place: int
    """Its place in its list, from 1; 0 for an order that came by itself."""


def read_orders(message: Message, dialect: Dialect) -> list[FixOrder | Refused]:
    """The orders that a message has, in order; none if it is no message about new or replaced orders."""
    if not has_orders(message, dialect):
        return []
    try:
        if message.is_malformed:
            raise not_fields(message.raw)
        orders = _orders_of_list(message) if message.kind == _LIST else [message]
    except DecodeError as error:
        return [Refused.of(error, 0)]
    first = 1 if message.kind == _LIST else 0
    return [_read(order, message, place, dialect) for place, order in enumerate(orders, start=first)]


def has_orders(message: Message, dialect: Dialect) -> bool:
    """Whether a message is one that orders come in."""
    if dialect.carries == "requests":
        return message.kind in _SINGLE or message.kind == _LIST
    return (
        message.kind == _REPORT
        and message.get(b"150") in _NEW_OR_REPLACED
        and message.get(b"20") in {b"", b"0"}  # up to FIX.4.2: not a correction, a cancel, a status
    )


def _orders_of_list(message: Message) -> list[Fields]:
    """The orders of a list, which is refused as a whole if it is too long, or not as long as it says."""
    orders, is_complete = read_group(message, b"73")
    if not is_complete or not orders:
        raise bad_group(b"73", "has not as many orders as the message says")
    if len(orders) > LONGEST_LIST:
        raise bad_group(b"73", f"has {len(orders)} orders; {LONGEST_LIST} are taken")
    return orders


def _read(order: Fields, message: Message, place: int, dialect: Dialect) -> FixOrder | Refused:
    """One order.

    Args:
        order: its own fields.
        message: the message, for the fields of the header.
        place: its place in its list, or 0.
        dialect: of the counterparty.
    """
    try:
        return FixOrder(_order(order, message, dialect), _details(order, message), place)
    except DecodeError as error:
        return Refused.of(error, place)


def _order(order: Fields, message: Message, dialect: Dialect) -> Order:
    """What all orders have; checked in the order of the contract's reasons."""
    get = order.get
    symbol = symbol_of(raw_symbol(order, dialect.symbol))
    side = SIDES.get(get(b"54"))
    if side is None:
        raise wrong("side", get(b"54"), "a side of FIX")
    order_id = order_id_of(get(b"11") or get(b"37"))
    account = get(b"1") or _account_of_parties(order)
    check_text("account", account, LONGEST_ACCOUNT)
    transact_time = get(b"60") or message.get(b"52")
    check_text("transact_time", transact_time, LONGEST_TIME)
    quantity = number_of("quantity", get(b"38"))
    price = None if get(b"40") == _MARKET else number_of("price", get(b"44"))
    return Order(side, account, order_id, symbol, quantity, price, transact_time)


def _account_of_parties(order: Fields) -> bytes:
    """The account where a party (453) has it; empty if none has."""
    if b"453" not in order:
        return b""
    parties = {party.get(b"452"): party.get(b"448") for party in reversed(read_group(order, b"453").entries)}
    return next((parties[role] for role in _ACCOUNT_ROLES if parties.get(role)), b"")


def _details(order: Fields, message: Message) -> FixDetails:
    get = order.get
    details = FixDetails(
        get(b"41"),
        get(b"37"),
        get(b"17"),
        message.kind,
        get(b"150"),
        get(b"40"),
        number_of("stop_price", get(b"99")),
        number_of("cash_quantity", get(b"152")),
        get(b"48"),
        get(b"207") or get(b"100"),
        get(b"15"),
        message.get(b"122") or message.get(b"52"),
        message.get(b"97"),
    )
    _check_texts(details)
    return details


def _check_texts(details: FixDetails) -> None:
    """Refuse a text that is too long or not printable by its name; one look at all, where all are fit."""
    texts = [value for value in details if isinstance(value, bytes)]
    if max(map(len, texts)) <= LONGEST_DETAIL and is_printable(b"".join(texts)):
        return
    for name, value in zip(FixDetails._fields, details, strict=True):
        if isinstance(value, bytes):
            check_text(name, value, LONGEST_DETAIL)
