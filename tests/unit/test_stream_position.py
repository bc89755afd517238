"""Positions in a stream: as text and back, and what is none."""

import pytest

from shared.commit.stream_position import START, StreamFacts, StreamPosition, Unusable, parse_position


@pytest.mark.parametrize("position", [START, StreamPosition(b"1700000000000-3", 2**60)])
def test_a_position_is_read_as_it_was_written(position: StreamPosition) -> None:
    """ID and ordinal."""
    assert parse_position("key", str(position)) == position


TOO_LARGE = (f"{2**64}-0/0", "1-0/" + "9" * 5000)


@pytest.mark.parametrize(
    "text", ["", "abc", "1-1", "5-5/", "/5", "-1-0/0", "٣-0/0", "1-0/٣", "1-0/-1", *TOO_LARGE]
)
def test_what_is_none_is_said_with_its_key(text: str) -> None:
    """Whatever stands there, the error names the key and not all of a long text."""
    with pytest.raises(Unusable, match="the-key cannot be used") as caught:
        parse_position("the-key", text)
    assert len(str(caught.value)) < 200


def test_a_stream_that_ends_before_a_position_does_not_reach_it() -> None:
    """IDs are compared as numbers, and the count of entries too."""
    facts = StreamFacts(added=10, length=3, last_id=b"100-2")

    assert facts.reaches(StreamPosition(b"100-2", 10))
    assert facts.reaches(StreamPosition(b"20-5", 10))
    assert not facts.reaches(StreamPosition(b"100-2", 11))
    assert not facts.reaches(StreamPosition(b"100-10", 10))
    assert facts.is_behind(StreamPosition(b"100-10", 10))
    assert not facts.is_behind(StreamPosition(b"100-2", 11))
