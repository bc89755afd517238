"""Alerts as CSV: fixed columns, nothing that a spreadsheet would run, always one line an alert."""

import csv
import io
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.orders.alerts import csv_text
from services.orders.alerts.published import Alert
from tests.support.market_state import alert_fields


def alert_of(**changes: Any) -> Alert:
    """An alert as the checker writes it."""
    return Alert.of("1450708200123-0", {name: str(value) for name, value in alert_fields(**changes).items()})


def read(alert: Alert) -> dict[str, str]:
    """The columns of an alert, as a program reads them."""
    (row,) = csv.DictReader(io.StringIO(csv_text.header() + csv_text.rows([alert])))
    return row


def test_the_columns_are_fixed() -> None:
    """The header and a row, byte for byte; absent values are empty, several reasons are one cell."""
    alert = alert_of(bid="", offer="", quote_time="", quote_at="", price="-10.5", reason="spread,stale_quote")

    assert csv_text.header() == (
        "id,order_id,account,side,symbol,quantity,price,transact_time,bid,offer,quote_time,reason,"
        "checked_at,quote_at,source,sequence,checked_at_iso,quote_at_iso,"
        "limits,broken,state,severity,orig_order_id,broker_order_id,exec_id,msg_type,exec_type,order_type,"
        "stop_price,cash_quantity,security_id,venue,currency,sending_time,poss_resend\n"
    )
    assert csv_text.rows([alert]) == (
        "1450708200123-0,Zr6vXo,4217,buy,BTU,100.0,-10.5,20151221-14:30:00.120,,,,"
        '"spread,stale_quote",1450708200123456,,,4711,2015-12-21T14:30:00.123456Z,,,,,normal,,,,,,,,,,,,,\n'
    )


@pytest.mark.parametrize("first", ["=", "+", "-", "@"])
def test_no_text_is_a_formula(first: str) -> None:
    """A text that a spreadsheet would run is led by a quote; a negative number is a number."""
    row = read(alert_of(order_id=f"{first}1+1", account=f"{first}cmd", price="-1.5"))

    assert (row["order_id"], row["account"], row["price"]) == (f"'{first}1+1", f"'{first}cmd", "-1.5")


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=64))
@example('DESK-7/ALGO "2", a')
@example("BTU   261219C00010000")
def test_printable_texts_come_back(text: str) -> None:
    """Whatever is in a text, a reader of CSV finds it unchanged, but for the quote before a formula."""
    found = read(alert_of(order_id=text))["order_id"]

    assert found == (f"'{text}" if text[0] in "=+-@" else text)


@given(st.text(min_size=1, max_size=20))
@example("a\nb\r\x00\u2028")
def test_an_alert_is_one_line(text: str) -> None:
    """Also what others have written into the stream breaks no line."""
    assert len(csv_text.rows([alert_of(order_id=text.encode(errors="replace").decode())]).splitlines()) == 1


def test_some_columns() -> None:
    """A file that began with fewer columns goes on with those."""
    assert csv_text.rows([alert_of()], ("id", "symbol")) == "1450708200123-0,BTU\n"
