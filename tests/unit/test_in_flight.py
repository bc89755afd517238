"""Which alerts are acknowledged when so many bytes are."""

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from services.orders.forward.in_flight import InFlight
from shared.commit.stream_position import StreamPosition


def position(number: int) -> StreamPosition:
    """Of the alert with this number."""
    return StreamPosition(b"%d-0" % number, number)


@given(
    chunks=st.lists(st.lists(st.integers(0, 70), min_size=1, max_size=8), max_size=5),
    steps=st.lists(st.integers(0, 700), max_size=12),
)
def test_an_alert_arrives_with_the_last_byte_of_its_frame(chunks: list[list[int]], steps: list[int]) -> None:
    """Whatever the frames' sizes and however acknowledgements come, no alert arrives early, late or twice.

    Alerts without a frame are passed by, and are not among those that arrive.
    """
    sizes = [size for chunk in chunks for size in chunk]
    ends = list(accumulate(sizes))
    in_flight, at = InFlight(), 0
    for chunk in chunks:
        numbers = range(at, at + len(chunk))
        in_flight.add(
            sum(sizes[:at]),
            [ends[number] for number in numbers],
            [position(number + 1) for number in numbers],
        )
        at += len(chunk)
    passed, arrived = 0, list[StreamPosition]()
    for acknowledged in sorted(steps):
        taken = in_flight.take(acknowledged)
        passed = taken[-1].last.ordinal if taken else passed
        for each in taken:
            arrived += each.alerts

        assert passed == sum(end <= acknowledged for end in ends)
        assert arrived == [position(number + 1) for number in range(passed) if sizes[number]]
        assert bool(in_flight) == (passed < len(ends))
