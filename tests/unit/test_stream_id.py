"""IDs of stream entries: their order is that of Redis."""

from itertools import pairwise

import pytest

from shared.redis.stream_id import AFTER_ALL, BEFORE_ALL, StreamId

LARGEST = 2**64 - 1


def test_ids_are_ordered_by_their_numbers() -> None:
    """First by the milliseconds, then within one of them, and not as texts."""
    texts = ["0-1", "9-0", "9-2", "9-10", "10-0", "10-9", "100-1", f"100-{LARGEST}", f"{LARGEST}-0"]
    found = [StreamId.parse(text) for text in texts]
    assert all(before < after for before, after in pairwise(found))
    assert [str(each) for each in found] == texts
    assert found[0] > BEFORE_ALL
    assert found[-1] < AFTER_ALL


@pytest.mark.parametrize(
    ("text", "successor"),
    [
        ("5-0", "5-1"),
        ("5-9", "5-10"),
        ("5", "5-1"),
        (f"5-{LARGEST}", "6-0"),
        (f"{LARGEST}-{LARGEST}", f"{LARGEST}-{LARGEST}"),
    ],
)
def test_the_next_possible_id(text: str, successor: str) -> None:
    """In the same millisecond, or at the start of the next; the largest has none."""
    assert str(StreamId.parse(text).successor) == successor


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "5-",
        "-5",
        "5-0-0",
        "+5-0",
        "5.0",
        "\u0665-0",
        f"{LARGEST + 1}-0",
        f"0-{LARGEST + 1}",
        "1" * 99,
    ],
)
def test_what_is_no_id_is_refused(text: str) -> None:
    """With what it is, cut off where it is long."""
    with pytest.raises(ValueError, match="is not the ID of a stream entry"):
        StreamId.parse(text)
