"""FIX message logs: any delimiter, anything around, both directions, copies; real files."""

import gzip
import io
import itertools
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from market_spread import order as orders
from market_spread import quote as quotes
from market_spread.framing import take_payloads
from shared.wire.fix import message_log
from shared.wire.fix.dialect import Dialect
from shared.wire.fix.market_data import MarketDataReader
from shared.wire.fix.message import Message
from shared.wire.fix.message_log import PIECE, LogMessage, LogRefusal, MessageLog
from shared.wire.fix.orders import FixOrder, read_orders
from tests.support import fix
from tests.support.servers import data_file

DELIMITERS = [b"\x01", b"|", b"^A", b"<SOH>", b"[SOH]", b";", b" | ", b"\\x01"]
ORDER = fix.order()
OTHER = fix.order("11=B|55=X|54=2|38=1|44=2", begin="FIXT.1.1")
COPY = fix.order(header=f"{fix.HEADER}|43=Y|122={fix.TIME}")
REPLY = fix.order("37=B|150=0|55=X|54=1", kind="8", header=f"34=7|49=SPREAD|52={fix.TIME}|56=DESK")


def log_of(data: bytes, sender: bytes | None = None) -> MessageLog:
    """The log that has these bytes."""
    return MessageLog(io.BytesIO(data), sender)


def messages(data: bytes, sender: bytes | None = None) -> list[bytes]:
    """The messages of a log in which nothing may be garbled."""
    found = list(log_of(data, sender))
    assert [each for each in found if isinstance(each, LogRefusal)] == []
    return [each.raw for each in found if isinstance(each, LogMessage)]


@pytest.mark.parametrize("delimiter", DELIMITERS)
@pytest.mark.parametrize("is_cut", [False, True])
def test_any_delimiter(delimiter: bytes, is_cut: bool) -> None:  # noqa: FBT001
    """What stands between the digits of 9 and 35= is SOH, in each message anew; it need not end one."""
    line = ORDER.replace(b"\x01", delimiter)
    shown = line.removesuffix(delimiter) if is_cut else line

    assert messages(shown + b"\n" + shown + b"\n" + OTHER) == [ORDER, ORDER, OTHER]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b""),
        (b"", b"\r\n"),
        (b'"', b'"\n'),
        (b"20260105-14:30:00.123 <- : ", b"\n"),
        (b'{"t": 1, "raw": "', b'"}\n'),
        (b"raw=", b"\n"),
        (b"[INFO] 8=FIXME out ", b"\n"),
    ],
)
def test_anything_may_stand_around(before: bytes, after: bytes) -> None:
    """Times, quotes, names; what is no message is not counted unless it begins like one."""
    found = list(log_of((before + ORDER + after) * 3))

    assert [each.raw for each in found if isinstance(each, LogMessage)] == [ORDER] * 3
    assert all(each.reason == "body_length" for each in found if isinstance(each, LogRefusal))


@given(
    st.lists(
        st.tuples(st.sampled_from([ORDER, OTHER, COPY, REPLY]), st.sampled_from(DELIMITERS)), max_size=8
    ),
    st.integers(1, 300),
    st.sampled_from([b"", b"\n", b"some text\n"]),
)
@example([(ORDER, b"^A"), (OTHER, b"\x01")], 1, b"\n")
def test_logs_are_read_in_pieces_of_any_size(
    written: list[tuple[bytes, bytes]], size: int, between: bytes
) -> None:
    """Wherever a piece ends; and line and offset say where each message is."""
    shown = [message.replace(b"\x01", delimiter) + between for message, delimiter in written]
    data = b"".join(shown)
    log = MessageLog(Dripping(data, size))
    found = list(log)

    places = list(itertools.accumulate(map(len, shown), initial=0))
    assert found == [
        LogMessage(message, 1 + data.count(b"\n", 0, place), place)
        for (message, _), place in zip(written, places, strict=False)
        if message != COPY
    ]
    assert log.copies == sum(message == COPY for message, _ in written)


class Dripping:
    """A file that gives less than it is asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file, self._size = io.BytesIO(data), size

    def read(self, size: int) -> bytes:
        """The next bytes, a few of them."""
        return self._file.read(min(size, self._size))


def test_one_direction() -> None:
    """Only what one side sent: 49 says who, wherever it stands."""
    late = fix.message("35=D|11=A|55=X|54=1|49=SPREAD")
    log = log_of(ORDER + REPLY + late, b"SPREAD")

    assert [each.raw for each in log if isinstance(each, LogMessage)] == [REPLY, late]
    assert log.of_others == 1


def test_copies_are_dropped() -> None:
    """43=Y: it was sent before. A copy within a drop copy's data field is none of the message itself."""
    inner = fix.finished(b"35=n\x01212=%d\x01213=%b\x0158=x\x01" % (len(COPY), COPY))
    log = log_of(COPY + ORDER + inner)

    assert [each.raw for each in log if isinstance(each, LogMessage)] == [ORDER, inner]
    assert log.copies == 1


@pytest.mark.parametrize("delimiter", DELIMITERS)
def test_an_inner_checksum_ends_nothing(delimiter: bytes) -> None:
    """A drop copy with a whole message in it is one message, with any delimiter."""
    copy = fix.finished(b"35=n\x01212=%d\x01213=%b\x0158=x\x01" % (len(ORDER), ORDER))

    assert messages(copy.replace(b"\x01", delimiter) + b"\n" + OTHER) == [copy, OTHER]


def test_texts_may_hold_the_delimiter() -> None:
    """A `|` in a text is not a field's end: the sum says which are."""
    message = fix.finished(b"35=D\x0158=this|that;|\x0155=X\x01")

    for delimiter in (b"|", b";"):
        assert messages(message.replace(b"\x01", delimiter)) == [message]


def test_bytes_that_are_no_ascii() -> None:
    """Latin-1 in 58, SOH and line ends in data."""
    for body in ("35=D\x0158=Zürich\x01".encode("latin-1"), b"35=D\x0195=5\x0196=\n\x0110=\x01"):
        assert messages(fix.finished(body) + b"\n" + ORDER) == [fix.finished(body), ORDER]


GARBLED = {
    "a wrong sum": (ORDER[:-4] + b"%03d\x01" % ((int(ORDER[-4:-1]) + 1) % 256), "checksum"),
    "a length that is too small": (fix.finished(b"35=D\x0111=ABC\x01", length=7), "body_length"),
    "a length that is too large": (fix.finished(b"35=D\x0111=ABC\x01", length=30), "body_length"),
    "a length beyond the end": (fix.finished(b"35=D\x0111=ABC\x01", length=9999), "body_length"),
    "a length above all bounds": (fix.finished(b"35=D\x01", length=99_999_999), "too_long"),
    "MsgType in another place": (fix.finished(b"34=1\x0135=D\x01"), "msg_type"),
    "no length": (b"8=FIX.4.4\x0135=D\x0110=000\x01" + b"x" * 70, "body_length"),
    "another version": (fix.message("35=D|11=A", begin="FIX.x") + b"x" * 70, "body_length"),
}


@pytest.mark.parametrize(("garbled", "reason"), GARBLED.values(), ids=GARBLED)
@pytest.mark.parametrize("delimiter", [b"\x01", b"|", b"<SOH>"])
def test_what_is_garbled_is_counted_with_its_place(garbled: bytes, reason: str, delimiter: bytes) -> None:
    """What stands before and behind is read; the refusal says line and offset."""
    shown = garbled.replace(b"\x01", delimiter)
    log = log_of(ORDER + b"\n>" + shown + b"\n>" + OTHER)

    assert list(log) == [
        LogMessage(ORDER, 1, 0),
        LogRefusal(reason, 2, len(ORDER) + 2),
        LogMessage(OTHER, 3, len(ORDER) + len(shown) + 4),
    ]
    assert log.garbled == {reason: 1}


def test_a_quoted_message_was_not_sent() -> None:
    """A message within a garbled one is not taken for one that was sent; the next line is read."""
    quoted = fix.finished(b"35=n\x01212=%d\x01213=%b\x01" % (len(OTHER), OTHER), length=9)
    for data in (quoted + b"\n" + ORDER, quoted + ORDER):
        assert [each.raw for each in log_of(data) if isinstance(each, LogMessage)] == [ORDER]


@given(st.integers(0, 12))
def test_a_quoted_message_is_seen_as_such_across_pieces(cut: int) -> None:
    """Also where the piece ends just before it, and where a line ends there."""
    front = b"8=FIX.4.4\x019=5\x0135=n\x01" + b"x" * 100
    for between, expected in ((b"213=", []), (b"213=\n", [ORDER]), (b"\x01", [ORDER])):
        data = front + between + ORDER
        log = MessageLog(Dripping(data, len(front + between) - 6 + cut))
        assert [each.raw for each in log if isinstance(each, LogMessage)] == expected


def test_a_gzipped_log(tmp_path: Path) -> None:
    """Whatever gives bytes can be read, in order, and with a message at the very end of a piece."""
    path = tmp_path / "log.gz"
    count = 3 * PIECE // len(ORDER)
    path.write_bytes(gzip.compress(ORDER * count))
    with gzip.open(path) as file:
        assert [each.raw for each in MessageLog(file) if isinstance(each, LogMessage)] == [ORDER] * count


@pytest.mark.parametrize("junk", [b"x", b"8=FIX", b"\n", b"8=FIX.4.4\x019=99999\x0135=D\x01"])
def test_memory_is_bounded_whatever_the_file_holds(junk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """What holds no message needs no more memory than a few pieces and the longest message."""
    size = 1 << 12
    monkeypatch.setattr(message_log, "PIECE", size)
    file = io.BytesIO(junk * (20 * size // len(junk)))
    tracemalloc.start()
    for _ in MessageLog(file, longest=size):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * size


def read_frames(name: str) -> list[bytes]:
    """The payloads of a file of frames."""
    return take_payloads(bytearray(data_file(name).read_bytes()))


def test_the_real_orders_are_those_of_the_frames() -> None:
    """1,000 orders as FIX and as frames: the same but for the account's prefix; every sum is right."""
    with data_file("fix42-orders-1000.txt").open("rb") as file:
        log = MessageLog(file)
        found = [read_orders(Message(each.raw), Dialect()) for each in log if isinstance(each, LogMessage)]
    read = [each.order for (each,) in found if isinstance(each, FixOrder)]
    framed = [orders.decode(payload) for payload in read_frames("orders-1000-long-symbols.msg")]

    assert not log.garbled
    assert [each._replace(account=each.account.removeprefix(b"CLIENT")) for each in read] == framed
    assert len(framed) == 1000


def test_the_real_quotes_are_those_of_the_frames() -> None:
    """1,000 quotes as FIX and as frames: the same; every sum is right."""
    reader = MarketDataReader(Dialect())
    with data_file("fix42-quotes-1000.txt").open("rb") as file:
        log = MessageLog(file)
        found = [reader.read(Message(each.raw)) for each in log if isinstance(each, LogMessage)]
    framed = [quotes.decode(payload) for payload in read_frames("nbbo-1000-long-symbols.msg")]

    assert not log.garbled
    assert [quote for each in found for quote in each.quotes] == framed
    assert len(framed) == 1000


@pytest.mark.parametrize(
    ("name", "good", "garbled"),
    [
        ("fix42-orders-small.txt", 3, {}),
        ("fix42-quotes-small.txt", 0, {"body_length": 1, "checksum": 2}),
    ],
)
def test_the_small_real_files(name: str, good: int, garbled: dict[str, int]) -> None:
    """Of the messages that were really shipped, those with wrong lengths and sums are counted."""
    with data_file(name).open("rb") as file:
        log = MessageLog(file)
        assert sum(isinstance(each, LogMessage) for each in log) == good
    assert log.garbled == garbled
