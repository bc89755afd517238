"""Times as FIX writes them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.wire.fix.timestamp import format_timestamp, parse_timestamp

TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@given(TIMES, st.integers(0, 12))
@example(datetime(2015, 12, 4, 14, 30, 0, 123456, tzinfo=UTC), 12)
def test_any_fraction(time: datetime, digits: int) -> None:
    """None, milliseconds, microseconds, picoseconds: what is below a microsecond is cut."""
    fraction = f"{time:%f}789012"[:digits]
    text = f"{time.year:04}{time:%m%d-%H:%M:%S}" + ("." if digits else "") + fraction
    cut = time.replace(microsecond=int(fraction[:6].ljust(6, "0")))

    since = cut - datetime(1970, 1, 1, tzinfo=UTC)
    assert parse_timestamp(text.encode()) == since // timedelta(microseconds=1)
    assert parse_timestamp(text.encode() + b"Z") == parse_timestamp(text.encode())


def test_known_times() -> None:
    """Exactly, and with the leap second of 2016, which is the first second of 2017."""
    assert parse_timestamp(b"19700101-00:00:00") == 0
    assert parse_timestamp(b"20151204-14:30:00.020") == 1_449_239_400_020_000
    assert parse_timestamp(b"20151204-14:30:00.123456789012") == 1_449_239_400_123_456
    assert parse_timestamp(b"20161231-23:59:60.5") == 1_483_228_800_500_000
    assert parse_timestamp(b"20170101-00:00:00.5") == 1_483_228_800_500_000
    assert parse_timestamp(b"20240229-12:00:00") == 1_709_208_000_000_000


@pytest.mark.parametrize(
    "text",
    [
        b"", b"20151204", b"14:30:00", b"20151204-14:30", b"20151204-14:30:00.", b"20151204-24:00:00",
        b"20151204-14:60:00", b"20151204-14:30:61", b"20151304-14:30:00", b"20230229-14:30:00",
        b"00000101-14:30:00", b" 20151204-14:30:00", b"20151204-14:30:00\n", b"20151204 14:30:00",
        b"20151204-14:30:00.1234567890123456789", b"20151204-14:30:0x", b"2015-12-04T14:30:00Z",
    ],
)  # fmt: skip
def test_what_is_no_time(text: bytes) -> None:
    """A part is missing, too large, or no number; there is no such day."""
    assert parse_timestamp(text) is None


@given(st.binary(max_size=40))
def test_bytes_of_any_kind_raise_nothing(text: bytes) -> None:
    """Whatever it is, it is a time or none."""
    assert parse_timestamp(text) is None or len(text) >= 17


@given(st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
@example(datetime(2026, 1, 5, 23, 59, 59, 999_999, tzinfo=UTC))
def test_times_of_ours(time: datetime) -> None:
    """Milliseconds, as FIX.4.2 knows them already; what is below is cut."""
    moment_us = (time - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    text = f"{time:%Y%m%d-%H:%M:%S}.{time.microsecond // 1000:03}".encode()

    assert format_timestamp(moment_us) == text
    assert parse_timestamp(text) == moment_us - moment_us % 1000
