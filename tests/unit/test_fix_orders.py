"""Orders out of FIX messages: requests, lists, reports; each dialect; what is refused and why."""

import pytest

from market_spread.framing import REASONS
from market_spread.order import BUY, SELL, SELL_SHORT, SELL_SHORT_EXEMPT, Order
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.message import Message
from shared.wire.fix.orders import LONGEST_LIST, FixDetails, FixOrder, read_orders
from shared.wire.fix.refused import Refused
from tests.support import fix

REQUESTS = Dialect()
REPORTS = Dialect(carries="reports")


def read(raw: bytes, dialect: Dialect = REQUESTS) -> list[FixOrder | Refused]:
    """The orders of a message."""
    return read_orders(Message(raw), dialect)


def one(fields: str, dialect: Dialect = REQUESTS, kind: str = "D") -> FixOrder:
    """The only order of a message with these fields in front of the usual ones, which come second."""
    (found,) = read(fix.order(f"{fields}|{fix.ORDER}", kind=kind), dialect)
    assert isinstance(found, FixOrder)
    return found


def refused(fields: str, dialect: Dialect = REQUESTS) -> str:
    """Why the only order of a message with these fields alone is refused."""
    (found,) = read(fix.order(fields), dialect)
    assert isinstance(found, Refused)
    assert found.text
    assert found.place == 0
    return found.reason


def test_an_order_with_all_that_it_says() -> None:
    """35=D with every field of the table, in our words."""
    raw = fix.order(
        fix.ORDER
        + "|41=A-0|37=B-9|17=E-1|150=0|99=9.5|152=1000|48=US1234567890|207=XNYS|100=ARCA|15=USD|97=Y",
        header=f"{fix.HEADER}|122=20260105-14:29:00",
    )

    assert read(raw) == [
        FixOrder(
            Order(BUY, b"DESK-7/ALGO 2", b"A-1", b"BTU", 100.0, 10.25, b"20260105-14:29:59.5"),
            FixDetails(
                orig_order_id=b"A-0",
                broker_order_id=b"B-9",
                exec_id=b"E-1",
                msg_type=b"D",
                exec_type=b"0",
                order_type=b"2",
                stop_price=9.5,
                cash_quantity=1000.0,
                security_id=b"US1234567890",
                venue=b"XNYS",
                currency=b"USD",
                sending_time=b"20260105-14:29:00",
                poss_resend=b"Y",
            ),
            place=0,
        )
    ]


def test_an_order_with_next_to_nothing() -> None:
    """Symbol and side are enough; what is absent is empty or None, and the time is that of sending."""
    (found,) = read(fix.order("55=BTU|54=2"))

    assert isinstance(found, FixOrder)
    assert found.order == Order(SELL, b"", b"", b"BTU", None, None, fix.TIME.encode())
    details = found.details._asdict()
    assert details.pop("sending_time") == fix.TIME.encode()
    assert details.pop("msg_type") == b"D"
    assert {name for name, value in details.items() if value not in {b"", None}} == set()


def test_a_replaced_order_is_an_order() -> None:
    """35=G is one of its own, with the ID of the one that it replaces; 35=F and others are none."""
    found = one("41=A-0", kind="G")

    assert (found.order.order_id, found.details.orig_order_id) == (b"A-1", b"A-0")
    for kind in ("F", "0", "8", "W", ""):
        assert read(fix.order(kind=kind)) == []


def test_the_orders_of_a_list() -> None:
    """Each entry of 35=E is an order with its place from 1; one that cannot be read is refused alone."""
    entries = "11=A|67=1|55=BTU|54=1|38=5|11=B|67=2|55=BTU|11=C|67=3|54=5|55=IBM|453=1|448=ACC|452=24"
    first, second, third = read(fix.order(f"66=L|73=3|{entries}", kind="E"))

    assert isinstance(first, FixOrder)
    assert (first.order.order_id, first.order.quantity, first.place) == (b"A", 5.0, 1)
    assert isinstance(second, Refused)
    assert (second.reason, second.place) == ("side", 2)
    assert isinstance(third, FixOrder)
    assert (third.order.order_id, third.order.account, third.order.side, third.place) == (
        b"C", b"ACC", SELL_SHORT, 3,
    )  # fmt: skip
    assert (third.details.msg_type, third.order.transact_time) == (b"E", fix.TIME.encode())


@pytest.mark.parametrize(
    ("said", "there"),
    [(LONGEST_LIST + 1, LONGEST_LIST + 1), (3, 2), (2, 3), ("x", 1), (0, 0), ("", 0)],
)
def test_a_list_that_is_not_right_is_refused_as_a_whole(said: int | str, there: int) -> None:
    """Too long, not as long as it says, or without any order: one refusal, `list`."""
    raw = fix.order(f"73={said}" + there * "|11=A|55=BTU|54=1", kind="E")

    assert [(each.reason, each.place) for each in read(raw) if isinstance(each, Refused)] == [("list", 0)]
    assert len(read(raw)) == 1


def test_a_list_of_the_longest_length_is_taken() -> None:
    """1,000 orders are not too many."""
    raw = fix.order(f"73={LONGEST_LIST}" + LONGEST_LIST * "|11=A|55=BTU|54=1", kind="E")

    assert [each.place for each in read(raw)] == list(range(1, LONGEST_LIST + 1))


@pytest.mark.parametrize(
    ("fields", "begin", "is_order"),
    [
        ("150=0|39=0", "FIX.4.4", True),
        ("150=5|39=5", "FIX.4.4", True),
        ("150=F|39=2", "FIX.4.4", False),
        ("150=4|39=4", "FIX.4.4", False),
        ("39=0", "FIX.4.4", False),
        ("150=0|20=0", "FIX.4.2", True),
        ("150=5|20=0", "FIX.4.2", True),
        ("150=0|20=1", "FIX.4.2", False),
        ("150=0|20=3", "FIX.4.2", False),
        ("150=2|20=0", "FIX.4.2", False),
    ],
)
def test_which_reports_are_new_orders(fields: str, begin: str, is_order: bool) -> None:  # noqa: FBT001
    """35=8 with 150=0 or 5, where 20 is there only with 0; and only where reports are what is carried."""
    raw = fix.order(f"37=B-1|17=E-1|{fields}|{fix.ORDER}", kind="8", begin=begin)

    assert len(read(raw, REPORTS)) == is_order
    assert read(raw, REQUESTS) == []
    assert read(fix.order(begin=begin), REPORTS) == []


def test_a_report_without_the_desks_id_has_the_brokers() -> None:
    """11 may be absent or empty: then it is 37."""
    for fields in ("", "11=|"):
        (found,) = read(fix.order(f"{fields}37=B-1|150=0|55=BTU|54=1", kind="8"), REPORTS)
        assert isinstance(found, FixOrder)
        assert found.order.order_id == found.details.broker_order_id == b"B-1"


@pytest.mark.parametrize(
    ("fields", "place", "symbol"),
    [
        ("55=BTU|48=US1", "55", b"BTU"),
        ("55=[N/A]|48=US1", "55", b"US1"),
        ("48=US1|22=8", "55", b"US1"),
        ("55= BTU |48=US1", "55", b"BTU"),
        ("55=BTU|48=US1", "48", b"US1"),
        ("55=BRK|65=B", "55", b"BRK"),
        ("55=BRK|65=B", "55+65", b"BRK.B"),
        ("55=BRK", "55+65", b"BRK"),
        ("55=[N/A]|65=B|48=US1", "55+65", b"US1"),
        ("55=AAPL  261218C00200000", "55", b"AAPL  261218C00200000"),
        ("55=XAU/USD", "55", b"XAU/USD"),
    ],
)
def test_where_the_symbol_is(fields: str, place: str, symbol: bytes) -> None:
    """As the dialect says; 48 stands in for a 55 that is missing or `[N/A]`; spaces inside stay."""
    (found,) = read(fix.order(f"{fields}|54=1"), Dialect(symbol=place))  # type: ignore[arg-type]

    assert isinstance(found, FixOrder)
    assert found.order.symbol == symbol


def test_a_symbol_that_is_only_in_the_other_field_is_no_symbol() -> None:
    """With 48 as the symbol's place 55 is another name, which no quote may have."""
    assert refused("55=BTU|54=1", Dialect(symbol="48")) == "symbol"


SIDES = {
    "1": BUY, "2": SELL, "3": BUY, "4": SELL, "5": SELL_SHORT, "6": SELL_SHORT_EXEMPT, "7": SELL, "8": SELL,
    "9": SELL_SHORT, "A": SELL_SHORT_EXEMPT, "B": SELL, "C": SELL, "D": SELL, "E": SELL, "F": SELL, "G": SELL,
    "H": SELL,
}  # fmt: skip


@pytest.mark.parametrize("side", SIDES)
def test_every_side_of_fix_is_one_of_ours(side: str) -> None:
    """Buy and buy minus are buys, short sales stay short, all others are sells."""
    assert one(f"54={side}").order.side == SIDES[side]


@pytest.mark.parametrize(
    ("fields", "account"),
    [
        ("1=A|453=1|448=P|452=24", b"A"),
        ("453=1|448=P|447=D|452=24", b"P"),
        ("453=2|448=F|452=1|448=P|452=24", b"P"),
        ("453=3|452=3|448=C|452=38|448=Q|452=24|448=P", b"P"),
        ("453=2|448=C|452=3|448=Q|452=38", b"Q"),
        ("453=1|448=C|452=3", b"C"),
        ("453=1|448=F|452=1", b""),
        ("453=2|448=F|452=24", b"F"),
        ("58=x", b""),
    ],
)
def test_where_the_account_is(fields: str, account: bytes) -> None:
    """1, else the party that is a customer account, a position account or a client; else there is none."""
    (found,) = read(fix.order(f"55=BTU|54=1|{fields}"))

    assert isinstance(found, FixOrder)
    assert found.order.account == account


def test_a_market_order_has_no_price() -> None:
    """With 40=1 whatever 44 says, be it no number; otherwise a price of 0 is one."""
    for fields in ("40=1|44=0", "40=1|44=10.5", "40=1|44=x", "40=1"):
        assert one(fields).order.price is None
    assert one("40=2|44=0").order.price == 0.0
    assert one("40=2|44=-1.5").order.price == -1.5


def test_an_order_in_money_has_no_quantity() -> None:
    """152 instead of 38."""
    (found,) = read(fix.order("55=BTU|54=1|152=2500.50"))

    assert isinstance(found, FixOrder)
    assert (found.order.quantity, found.details.cash_quantity) == (None, 2500.5)


@pytest.mark.parametrize(
    "time",
    ["20260105-14:30:00", "20260105-23:59:60", "20260105-14:30:00.123456789012", "20260105-14:30:00.5"],
)
def test_times_are_kept_as_text(time: str) -> None:
    """With any fraction, and leap seconds."""
    assert one(f"60={time}").order.transact_time == time.encode()


def test_sending_time_is_that_of_the_first_time() -> None:
    """122 of a copy, else 52."""
    assert one("58=x").details.sending_time == fix.TIME.encode()
    assert one("43=Y|122=20260105-01:02:03").details.sending_time == b"20260105-01:02:03"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ("54=1", "symbol"),
        ("55=|54=1", "symbol"),
        ("55=  |54=1", "symbol"),
        ("55=[N/A]|54=1", "symbol"),
        (f"55={'X' * 65}|54=1", "symbol"),
        ("55=Zürich|54=1", "symbol"),
        ("55=BTU", "side"),
        ("55=BTU|54=", "side"),
        ("55=BTU|54=Z", "side"),
        ("55=BTU|54=11", "side"),
        (f"55=BTU|54=1|11={'X' * 65}", "order_id"),
        ("55=BTU|54=1|11=a\tb", "order_id"),
        (f"55=BTU|54=1|1={'X' * 65}", "account"),
        ("55=BTU|54=1|1=é", "account"),
        (f"55=BTU|54=1|453=1|448={'X' * 65}|452=24", "account"),
        (f"55=BTU|54=1|60={'1' * 36}", "transact_time"),
        ("55=BTU|54=1|60=é", "transact_time"),
        ("55=BTU|54=1|38=x", "number"),
        ("55=BTU|54=1|38=1_000", "number"),
        ("55=BTU|54=1|44=nan", "number"),
        ("55=BTU|54=1|44=1e999", "number"),
        ("55=BTU|54=1|44= 1", "number"),
        ("55=BTU|54=1|99=x", "number"),
        ("55=BTU|54=1|152=x", "number"),
        ("55=BTU|54=1|noise", "type"),
        (f"55=BTU|54=1|41={'X' * 65}", "orig_order_id"),
        (f"55=BTU|54=1|11=A|37={'X' * 65}", "broker_order_id"),
        (f"55=BTU|54=1|48={'X' * 65}", "security_id"),
        ("55=BTU|54=1|207=é", "venue"),
        (f"55=BTU|54=1|122={'1' * 65}", "sending_time"),
    ],
)
def test_what_cannot_be_read_is_refused(fields: str, reason: str) -> None:
    """With the contract's name for what is wrong, or the name of the field that is too long."""
    assert refused(fields) == reason
    assert reason in REASONS or reason in FixDetails._fields


def test_the_first_reason_counts() -> None:
    """Where several apply it is the first in the contract's order."""
    wrong = {
        "symbol": "55=", "side": "54=Z", "order_id": f"11={'X' * 65}", "account": "1=é",
        "transact_time": "60=é", "number": "44=x",
    }  # fmt: skip
    for first, reason in enumerate(wrong):
        good = ["55=BTU", "54=1", "11=A", "1=B", "60=C"][:first]
        assert refused("|".join([*reversed(list(wrong.values())[first:]), *good])) == reason


def test_the_longest_texts_are_taken() -> None:
    """64 characters of symbol, ID, account and details, 35 of a time."""
    long = "X" * 64
    found = one(f"55={long}|11={long}|1={long}|60={'1' * 35}|41={long}|17={long}")

    assert {len(text) for text in found.order if isinstance(text, bytes)} == {64, 35}
    assert found.details.orig_order_id == found.details.exec_id == long.encode()
