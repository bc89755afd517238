"""FIX logs as orders and quotes: by learnt layouts as message by message, whatever they hold."""

import random
from typing import cast

import pytest

from services.cli.files import fix_file
from services.cli.files.rows import Rows
from shared.wire.fix.dialect import Dialect, SymbolField
from tests.support import fix
from tests.support.files import others, read_fix, refused, rows_of, texts_of
from tests.support.fix_mutations import mutated

DELIMITERS = [b"\x01", b"|", b";", b"^A", b"<SOH>"]
ORDER = (b"A-1", b"DESK-7/ALGO 2", b"buy", b"BTU", b"100", b"10.25", b"20260105-14:29:59.5")


def log(messages: list[bytes], delimiter: bytes = b"\x01", front: bytes = b"2026-01-05 > ") -> bytes:
    """Messages as a log has them, a line each."""
    return b"".join(front + message.replace(b"\x01", delimiter) + b"\n" for message in messages)


def read_plainly(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[bytes, ...], str]]:
    """What a log has, when no layout is ever learnt; numbers as `float` has them."""
    with monkeypatch.context() as patched:
        patched.setattr(fix_file, "_WANTED", {})
        return normal(data)


def normal(data: bytes) -> list[tuple[str, tuple[bytes, ...], str]]:
    """What a log has, numbers as `float` has them."""
    return [
        (label, tuple(map(_number, row)), place) for label, row, place in rows_of(read_fix(data))
    ]  # fmt: skip


def _number(text: bytes) -> bytes:
    try:
        return repr(float(text)).encode()
    except ValueError:
        return text


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_many_alike(delimiter: bytes) -> None:
    """Orders and quotes of a day, behind each other: each with its texts and its line."""
    messages = []
    for number in range(50):
        messages += [fix.order(fix.ORDER.replace("A-1", f"A-{number}"))] * 20
        messages += [fix.market_data(f"55=BTU|132={number}|133=10.5", kind="S")] * 20
    found = list(rows_of(read_fix(log(messages, delimiter))))
    assert [place for _, _, place in found] == [f"line {number}" for number in range(1, 2001)]
    assert found[40][1] == (b"A-1", *ORDER[1:4], found[40][1][4], ORDER[5], ORDER[6])
    assert {label for label, _, _ in found} == {"35=D", "35=S"}


@pytest.mark.parametrize("seed", range(6))
def test_damaged_logs(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Layouts take nothing that a look at each message would refuse or read otherwise, and lose nothing."""
    dice = random.Random(seed)
    messages: list[bytes] = []
    for message in mutated(seed, 400):
        messages += [message] * dice.choice((1, 1, 3))
    data = log(messages, dice.choice(DELIMITERS), dice.choice((b"", b'"', b"x 8=FIX ")))
    assert normal(data) == read_plainly(data, monkeypatch)


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("44=10.25", "44=x"),
        ("44=10.25", "44=1e999"),
        ("38=100", "38=1_0"),
        ("54=1", "54=x"),
        ("55=BTU", "55="),
        ("11=A-1", "11="),
        ("55=BTU", "55=[N/A]"),
        ("60=", "60=\t"),
        ("1=DESK-7/ALGO 2", "1=" + "A" * 70),
        ("40=2", "40=1"),
        ("11=A-1", "11=" + "A" * 70),
        ("34=7", "34=8|43=Y"),
        ("35=D", "35=8"),
        ("52=", "52=\x7f"),
        ("55=BTU", "55=  BTU"),
        ("60=20260105-14:29:59.5", "60="),
    ],
)
@pytest.mark.parametrize("extra", ["", "|99=x", "|99=9.5|48=US1", "|207=" + "X" * 65, "|58=\xe9|37=B"])
def test_one_that_differs(changed: str, value: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message among many of its layout that is not like them is read, or refused, for itself."""
    body = f"35=D|{fix.HEADER}|{fix.ORDER}{extra}"
    good, other = fix.message(body), fix.message(body.replace(changed, value, 1))
    data = log([good] * 10 + [other] + [good] * 10)
    assert normal(data) == read_plainly(data, monkeypatch)
    with monkeypatch.context() as patched:
        patched.setattr(fix_file, "_WANTED", {})
        plainly = read_fix(data)
    assert refused(read_fix(data)) == refused(plainly)
    assert others(read_fix(data)) == others(plainly)


def test_statuses_are_rows_in_their_places() -> None:
    """35=f, and conditions of quotes behind the quote; what has no meaning is left out, and said."""
    halt, other = (fix.market_data(f"55=BTU|326={value}", kind="f") for value in (2, 101))
    soft = fix.market_data("55=BTU|268=1|269=0|270=1|276=I")
    items = read_fix(log([fix.market_data("55=BTU|132=9|133=10", kind="S"), halt, other, soft]))
    time = fix.TIME.encode()
    assert [(each.kind, each.goes_with) for each in items if isinstance(each, Rows)] == [
        ("quotes", "quotes"), ("statuses", "quotes"), ("quotes", "quotes"), ("statuses", "quotes"),
    ]  # fmt: skip
    assert list(rows_of(items))[1::2] == [
        ("35=f", (b"BTU", b"1", b"", b"", time), "line 2"),
        ("35=W", (b"BTU", b"5", b"", b"", time), "line 4"),
    ]
    assert others(items) == {"35=f that moved no quote": 1}


def test_a_wrong_sum_among_many() -> None:
    """A message with a wrong CheckSum is refused with its line; those around it count."""
    good = fix.order()
    wrong = good.replace(b"A-1", b"B-1")
    items = read_fix(log([good, good, wrong, good]))
    assert [row[0] for row in texts_of(items)] == [b"A-1"] * 3
    assert refused(items) == ["line 3: checksum: a garbled message: its checksum is wrong"]


def test_long_messages_are_learnt_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages whose sums are large: right ones are taken, a wrong one is not."""
    good = fix.order(f"{fix.ORDER}|58={'~' * 2000}")
    wrong = good.replace(b"A-1", b"B-1")
    data = log([good] * 5 + [wrong] + [good] * 5)
    assert normal(data) == read_plainly(data, monkeypatch)
    assert len(normal(data)) == 10


def test_a_wrong_length_among_many() -> None:
    """A message with a wrong BodyLength is refused with its line, though its CheckSum is right."""
    good = fix.order()
    body = good.partition(b"\x0135=")[2].rpartition(b"10=")[0]
    wrong = fix.finished(b"35=" + body, length=len(body) + 2)
    items = read_fix(log([good, good, wrong, good]))
    assert len(texts_of(items)) == 3
    assert refused(items) == ["line 3: body_length: a garbled message: its body length is wrong"]


def test_one_direction() -> None:
    """--sender takes one side's messages; the others are counted, and so are copies."""
    ours = fix.order(header=fix.HEADER.replace("DESK", "SPREAD"))
    copy = fix.order(header=fix.HEADER + "|43=Y")
    data = log([fix.order(), ours, copy] * 5)
    assert len(texts_of(read_fix(data))) == 10
    items = read_fix(data, sender=b"DESK")
    assert len(texts_of(items)) == 5
    assert others(items) == {"messages of other senders": 5, "copies (43=Y)": 5}


def test_requests_or_reports() -> None:
    """Orders come from requests, or, if asked for, from reports about them; never twice."""
    report = fix.order(f"37=B|17=E|150=0|39=0|{fix.ORDER}", kind="8")
    data = log([fix.order(), report, fix.message("35=0|112=test")])
    requests, reports = read_fix(data), read_fix(data, dialect=Dialect(carries="reports"))
    assert [label for label, _, _ in rows_of(requests)] == ["35=D"]
    assert others(requests) == {"35=8": 1, "35=0": 1}
    assert [label for label, _, _ in rows_of(reports)] == ["35=8"]
    assert others(reports) == {"35=D": 1, "35=0": 1}


def test_symbols_elsewhere() -> None:
    """--fix-symbol: SecurityID, or Symbol and its suffix."""
    data = log([fix.order(f"{fix.ORDER}|48=US1|65=B")] * 3)
    for place, symbol in (("55", b"BTU"), ("48", b"US1"), ("55+65", b"BTU.B")):
        dialect = Dialect(symbol=cast("SymbolField", place))
        assert [row[3] for row in texts_of(read_fix(data, dialect=dialect))] == [symbol] * 3


def test_quotes_out_of_books() -> None:
    """Snapshots and updates give the best bid and offer after each; one-sided where a side is gone."""
    messages = [
        fix.market_data("55=BTU|268=2|269=0|270=9.5|271=1|269=1|270=10|271=1"),
        fix.market_data("268=1|279=2|269=1|55=BTU|270=10", kind="X"),
        fix.market_data("55=BTU|132=9|133=0|135=0", kind="S"),
    ]
    assert texts_of(read_fix(log(messages))) == [
        (b"BTU", b"9.5", b"10.0", fix.TIME.encode()),
        (b"BTU", b"9.5", b"", fix.TIME.encode()),
        (b"BTU", b"9.0", b"", fix.TIME.encode()),
    ]
