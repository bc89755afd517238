"""The control frames of resumable feeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market_spread.hello import Ack, Error, ErrorCode, decode_answer, hello, is_source_name


def test_control_frames_are_laid_out_as_the_contract_says() -> None:
    """HELLO, ACK and ERROR have the contract's type bytes, integers and texts behind a 4-byte length."""
    assert hello("desk-1") == b"\0\0\0\x07\x10desk-1"
    assert Ack(258).encode() == b"\0\0\0\x09\x11" + (258).to_bytes(8)
    assert Error(ErrorCode.REFUSED, "né").encode() == b"\0\0\0\x05\x12\x03n\xc3\xa9"
    assert [code.value for code in (ErrorCode.FENCED, ErrorCode.FRAMING_LOST, ErrorCode.REFUSED)] == [1, 2, 3]


@given(st.builds(Ack, st.integers(0, 2**64 - 1)) | st.builds(Error, st.sampled_from(ErrorCode), st.text()))
def test_answers_come_back_as_they_were_encoded(answer: Ack | Error) -> None:
    """Decoding an encoded ACK or ERROR gives the same."""
    assert decode_answer(answer.encode()[4:]) == answer


@given(st.binary(max_size=20))
def test_other_bytes_are_no_answers(payload: bytes) -> None:
    """Any bytes are an ACK, an ERROR or a `ValueError`, and nothing else."""
    try:
        answer = decode_answer(payload)
    except ValueError:
        assert len(payload) != 9 or payload[0] != 17
    else:
        assert payload[0] == (17 if isinstance(answer, Ack) else 18)


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        (b"a", True), (b"A-Z_0.9", True), (b"x" * 64, True),
        (b"", False), (b"x" * 65, False), (b"a b", False), (b"a\n", False), (b"a:b", False),
        (b"\xc3\xa9", False), (b"{a}", False), (b"a/b", False),
    ],
)  # fmt: skip
def test_names_of_sources(name: bytes, *, is_good: bool) -> None:
    """A source's name is 1 to 64 of the contract's characters; anything else is told apart."""
    assert is_source_name(name) is is_good
    if not is_good:
        with pytest.raises(ValueError, match="1 to 64"):
            hello(name.decode())
