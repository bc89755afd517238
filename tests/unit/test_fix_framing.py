"""FIX framing: whole messages by BodyLength, and what is garbled between them."""

import zlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.framing import LONGEST, Garbled, Span, checksum, split
from tests.support import fix

ORDER = fix.order()
OTHER = fix.order("11=B|55=X|54=2|38=1|44=2")


def reasons(buffer: bytes) -> list[str]:
    """Why bytes are garbled, in order."""
    return [each.reason for each in split(buffer, 0, len(buffer)).garbled]


def messages(buffer: bytes) -> list[bytes]:
    """The whole messages of a buffer."""
    return [buffer[start:end] for start, end in split(buffer, 0, len(buffer)).messages]


@given(st.lists(st.binary(max_size=300), max_size=6), st.data())
def test_messages_are_found_however_they_arrive(texts: list[bytes], data: st.DataObject) -> None:
    """Split at any bytes, each message is found once, whole and in order; what is unfinished waits."""
    sent = [
        fix.finished(b"35=D\x0195=%d\x0196=%b\x01" % (len(text), text)) for text in texts
    ]  # data of any bytes, SOH and `10=` too
    stream = b"".join(sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=4)))
    inbox, found = bytearray(), []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        inbox += stream[start:end]
        got = split(inbox, 0, len(inbox))
        assert got.garbled == []
        found += [bytes(inbox[slice(*span)]) for span in got.messages]
        del inbox[: got.end]

    assert (found, bytes(inbox)) == (sent, b"")


def test_an_inner_checksum_ends_nothing() -> None:
    """A drop copy that carries a whole message in XmlData (213) is one message."""
    copy = fix.finished(b"35=n\x01212=%d\x01213=%b\x0158=over\x01" % (len(ORDER), ORDER))

    assert messages(ORDER + copy + OTHER) == [ORDER, copy, OTHER]


GARBLED = {
    "noise": (b"noise", "begin_string"),
    "no length": (b"8=FIX.4.4\x0135=D\x0111=" + b"x" * 40 + b"\x01", "body_length"),
    "a length that is no number": (b"8=FIX.4.4\x019=1x\x0135=D\x0111=" + b"x" * 40, "body_length"),
    "a length that is too small": (fix.finished(b"35=D\x0111=ABC\x01", length=7), "body_length"),
    "a length that is too large": (fix.finished(b"35=D\x0111=ABC\x01", length=30), "body_length"),
    "a length above all bounds": (fix.finished(b"35=D\x01", length=LONGEST), "too_long"),
    "MsgType in another place": (fix.finished(b"34=1\x0135=D\x01"), "msg_type"),
    "a wrong sum": (ORDER[:-4] + b"%03d\x01" % ((int(ORDER[-4:-1]) + 1) % 256), "checksum"),
    "a sum of two digits": (ORDER[:-4] + b"99\x01", "body_length"),
}


@pytest.mark.parametrize(("garbled", "reason"), GARBLED.values(), ids=GARBLED)
def test_what_is_garbled_is_counted_and_skipped(garbled: bytes, reason: str) -> None:
    """The messages before and behind are found, and the reason is the one that applies."""
    assert messages(ORDER + garbled + OTHER) == [ORDER, OTHER]
    assert reasons(ORDER + garbled + OTHER) == [reason]


def test_a_quoted_message_was_not_sent() -> None:
    """A message within one that is garbled is not taken for one of the sender's."""
    whole = fix.finished(b"35=n\x01212=%d\x01213=%b\x01" % (len(OTHER), OTHER))
    for length in (10, 9999):
        garbled = fix.finished(b"35=n\x01212=%d\x01213=%b\x01" % (len(OTHER), OTHER), length=length)
        stream = garbled + ORDER + b" " * 10_000
        assert messages(stream) == [ORDER]
    assert messages(whole[:-4] + b"000\x01" + ORDER) == [ORDER]


def test_a_length_that_is_too_large_holds_up_nothing() -> None:
    """The next message is seen before as many bytes have come as the wrong one announces."""
    garbled = fix.finished(b"35=D\x0111=A\x01", length=900_000)
    stream = garbled + ORDER

    assert split(stream, 0, len(stream)) == (
        [Span(len(garbled), len(stream))],
        [Garbled(0, len(garbled), "body_length")],
        len(stream),
    )


def test_a_longer_message_than_is_taken_is_not_waited_for() -> None:
    """Only so many bytes wait for their end as the longest message has."""
    front = fix.finished(b"35=D\x0158=" + b"x" * 1000 + b"\x01")[:100]

    assert split(front, 0, 100, longest=2000) == ([], [], 0)
    assert split(front, 0, 100, longest=1000) == ([], [Garbled(0, 100, "too_long")], 100)


def test_the_start_of_a_start_is_kept() -> None:
    """Noise whose last bytes may begin a message lets go of all but these."""
    for size in range(6):
        noise = b"xxx" + b"8=FIX"[:size]
        assert split(noise, 0, len(noise)).end == 3


@given(st.binary(max_size=3000))
@example(b"\xff" * 257)
@example(b"\xff" * 70_000)
def test_the_sum_of_bytes_is_right(data: bytes) -> None:
    """However many and large the bytes are, although Adler-32 counts by another modulus."""
    assert checksum(data) == sum(data) % 256
    assert checksum(bytearray(data)) == sum(data) % 256


def test_the_shortcut_for_the_sum_needs_its_bound() -> None:
    """Above 257 bytes of 255 the lower half of Adler-32 is no longer the plain sum."""
    assert zlib.adler32(b"\xff" * 256, 0) & 0xFFFF == 255 * 256
    assert zlib.adler32(b"\xff" * 257, 0) & 0xFFFF != 255 * 257


@given(
    st.lists(st.sampled_from([ORDER, OTHER, b"8=FIX", b"\x01", b"9=5\x01", b"10=000\x01", b"x"]), max_size=9)
)
def test_all_bytes_are_accounted_for(parts: list[bytes]) -> None:
    """Messages, what is garbled, and what waits lie side by side, without a gap or an overlap."""
    buffer = b"".join(parts)
    found = split(buffer, 0, len(buffer))
    at = 0
    for start, end in sorted([*found.messages, *(each[:2] for each in found.garbled)]):
        assert start == at < end
        at = end
    assert at == found.end
