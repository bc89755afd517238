"""Tiers from recorded quotes: all but the wanted part of the quotes are within them."""

import gzip
import re
import sys
import tomllib
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cli.limits.spread_counts import SpreadCounts
from services.cli.limits.suggesting import tiers
from services.cli.main import main
from tests.support import frames
from tests.support.servers import data_file


def suggest(*words: str | Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """Run the command in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["market-spread", "limits", "suggest", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def counted(quotes: Sequence[tuple[float, float]]) -> SpreadCounts:
    """Counts of quotes."""
    counts = SpreadCounts()
    counts.add(np.array([bid for bid, _ in quotes]), np.array([offer for _, offer in quotes]))
    return counts


@settings(max_examples=10)
@given(
    st.lists(st.tuples(st.floats(0.01, 2e4), st.floats(-0.01, 5)), min_size=100, max_size=300),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_so_many_are_within(quotes: list[tuple[float, float]], quantile: float) -> None:
    """At least the wanted part of each tier's quotes are below its limits, and every quote is in one tier."""
    quotes = [(bid, bid + spread) for bid, spread in quotes]
    found = tiers(counted(quotes), quantile)

    assert sum(number for *_, number in found) == len(quotes)
    begins = [float(begin) for begin, *_ in found]
    assert begins[0] == 0
    for place, (_, spread, ratio, number) in enumerate(found):
        high = begins[place + 1] if place + 1 < len(begins) else np.inf
        mine = [(bid, offer) for bid, offer in quotes if begins[place] <= bid < high]
        assert len(mine) == number
        assert sum(offer - bid < float(spread) for bid, offer in mine) >= quantile * number
        assert ratio is not None
        assert (
            sum((offer - bid) / ((offer + bid) / 2) < float(ratio) for bid, offer in mine)
            >= quantile * number
        )


def test_a_limit_is_as_narrow_as_two_digits_can_be() -> None:
    """Of quotes that are all alike it is just above them."""
    (found,) = tiers(counted([(10.0, 10.02)] * 500), 0.999)
    assert found == (Decimal(0), Decimal("0.021"), Decimal("0.0021"), 500)


def test_a_file_that_replay_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Frames and CSV, gzipped or not, give the same tiers, which a file of limits takes."""
    rows = [(f"S{n % 7}", 10 + n / 100, 10.03 + n / 100) for n in range(200)]
    csv = "symbol,bid,offer,transact_time\n" + "".join(f"{s},{b:.2f},{o:.2f},\n" for s, b, o in rows)
    (tmp_path / "quotes.csv.gz").write_bytes(gzip.compress(f"{csv}A,,5,\n".encode()))
    payloads = [frames.quote(s.encode().rjust(4), round(b, 2), round(o, 2)) for s, b, o in rows]
    (tmp_path / "quotes.msg").write_bytes(b"".join(map(frames.frame, payloads)))

    printed = []
    for name in ("quotes.csv.gz", "quotes.msg"):
        assert suggest("--quotes", tmp_path / name, "--quantile", "0.99", monkeypatch=monkeypatch) == 0
        printed.append(capsys.readouterr().out)

    assert "# 1 quotes with a side absent are left out" in printed[0]
    assert printed[1].splitlines()[1:] == printed[0].splitlines()[2:]
    assert tomllib.loads(printed[1])["tiers"] == [{"from": "0", "spread": "0.031", "ratio": "0.0030"}]


def test_too_few_quotes_are_no_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said how many there are; and a file that is none is refused."""
    (tmp_path / "quotes.csv").write_text("symbol,bid,offer,transact_time\nA,1,2,\n")
    assert suggest("--quotes", tmp_path / "quotes.csv", monkeypatch=monkeypatch) == 1
    assert "has 1 quotes with two sides; 100 are the least" in capsys.readouterr().err
    assert suggest("--quotes", tmp_path / "quotes.csv", "--map", "b=bib", monkeypatch=monkeypatch) == 2
    assert "--map b=bib: it has to be THEIRS=OURS" in capsys.readouterr().err
    (tmp_path / "quotes.csv").write_bytes(b"\x00" * 100)
    assert suggest("--quotes", tmp_path / "quotes.csv", monkeypatch=monkeypatch) == 2


def test_on_real_quotes(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Of 350 real symbols most are within the tiers that their own quotes suggest."""
    path = data_file("nbbo-350-symbols.msg")
    assert suggest("--quotes", path, "--quantile", "0.9", monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    found = [(float(a), float(b)) for a, b in re.findall(r'from = "([\d.]+)", spread = "([\d.]+)"', said)]
    quotes = [frames.read(each, frames.QUOTE) for each in frames.split(path.read_bytes())]
    outside = [
        each
        for each in quotes
        if each.second - each.first >= next(width for begin, width in found[::-1] if begin <= each.first)
    ]
    assert len(outside) <= 0.1 * len(quotes)
