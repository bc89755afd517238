"""What a feed refuses of a file, found without the feed."""

from collections import Counter
from pathlib import Path

import pytest

from services.cli.sending import frame_file
from services.cli.sending.frame_file import FrameFile
from services.cli.sending.refusals import Refusals, refusals
from tests.support import frames


def what_is_refused(folder: Path, *payloads: bytes, repeat: int = 1) -> Refusals:
    """What is refused of a file of these payloads."""
    path = folder / "some.msg"
    path.write_bytes(b"".join(map(frames.frame, payloads)))
    return refusals(FrameFile(path, repeat))


def test_the_feed_is_the_one_that_most_frames_are_for(tmp_path: Path) -> None:
    """Frames of the other feed, and of none, are refused for their type, and do not decide."""
    quote, order, other = frames.quote(), frames.order(), b"\x63"
    type_once, nothing = Counter({"type": 1}), Counter[str]()
    assert what_is_refused(tmp_path, quote) == ("market_data", nothing)
    assert what_is_refused(tmp_path, order) == ("orders", nothing)
    assert what_is_refused(tmp_path, order, quote, quote) == ("market_data", type_once)
    assert what_is_refused(tmp_path, other, quote, order, order, order) == ("orders", Counter({"type": 2}))
    assert what_is_refused(tmp_path, quote, order, order, repeat=3) == ("orders", Counter({"type": 3}))
    status = frames.status()
    assert what_is_refused(tmp_path, status) == ("market_data", nothing)
    assert what_is_refused(tmp_path, order, order, quote, status, status) == (
        "market_data",
        Counter({"type": 2}),
    )
    assert what_is_refused(tmp_path, quote, frames.status(code=7)) == ("market_data", Counter({"status": 1}))


@pytest.mark.parametrize("at_once", [200, 10_000, 1 << 26])
def test_every_reason_is_found_however_long_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """Bad frames of every kind among 3,000 good ones of many lengths are found in pieces of any size."""
    monkeypatch.setattr(frame_file, "_INDEXED_AT_ONCE", at_once)
    good = [frames.quote(b"ABCDEFGHIJKLMNOP"[: 1 + n % 16]) for n in range(3000)]
    bad = [b"\x63", frames.quote(b""), frames.quote(b"A B "), frames.quote(time=b"\n" * 21)]
    payloads = [*good[:1500], *bad, *good[1500:], frames.quote(bid=float("nan"))]

    assert what_is_refused(tmp_path, *payloads) == (
        "market_data",
        Counter(["type", "length", "symbol", "transact_time", "number"]),
    )


@pytest.mark.slow
def test_symbols_are_not_counted(tmp_path: Path) -> None:
    """How many symbols there may be is the service's business: 101,000 of them are all taken."""
    assert what_is_refused(tmp_path, *(frames.order(b"%6d" % n) for n in range(101_000))) == (
        "orders",
        Counter(),
    )
