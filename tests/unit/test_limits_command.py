"""`market-spread limits`: what it says of a file, of its mistakes, and of an order."""

import sys
from pathlib import Path

import pytest

from services.cli.main import main
from tests.support.limits_files import WHOLE

OPEN = "2026-11-24T15:00:00Z"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The whole file, without a mistake."""
    path = tmp_path / "limits.toml"
    path.write_text(WHOLE)
    return path


def call(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> object:
    """Call the console script in this process; its exit code."""
    monkeypatch.setattr(sys, "argv", ["market-spread", "limits", *map(str, words)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_check_says_what_is_there(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A good file is summed up, with the hash of its canonical form."""
    assert call(monkeypatch, "check", file) == 0

    said = capsys.readouterr()
    *lines, last = said.out.splitlines()
    assert lines == [
        "class us-equity: 3 patterns, session us, other limits during pre",
        "class options: 1 pattern",
        "class default: 1 pattern",
        "account profile retail: 2 patterns, limits times 0.5",
        "account profile prop: 1 pattern",
        "overrides: AIG",
    ]
    assert last.startswith("canonical form: ")
    assert len(last.rpartition(" ")[2]) == 64
    assert "warning: feed_ms of us-equity: all senders of quotes that do not name themselves" in said.err


def test_check_warns_of_what_has_ended(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An override whose time is over is no mistake, but said."""
    file.write_text(WHOLE.replace("2026-11-25T16:00:00-05:00", "2020-01-01T00:00:00Z"))

    assert call(monkeypatch, "check", file) == 0
    assert "warning: the override of AIG ended at 2020-01-01T00:00:00.000000Z\n" in capsys.readouterr().err


def test_check_names_all_mistakes(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mistake has a line with its path, and the exit code is 2."""
    file.write_text(WHOLE.replace('"0.02"', '"2%"').replace("feed_ms = 2000", "feed_ms = 1"))

    assert call(monkeypatch, "check", file) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        f'{file}: class[1].tiers[1].spread: a decimal number of at most 15 digits is expected, not "2%"',
        f"{file}: class[1].stale.feed_ms: a whole number from 500 to 86400000 is expected, not 1",
        f"market-spread limits check: {file} has 2 mistakes; entries count from 1",
    ]


@pytest.mark.parametrize("words", [("check",), ("explain", "IBM", "--file")])
def test_a_file_that_is_not_there(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line says so, with exit code 2."""
    missing = tmp_path / "missing.toml"

    assert call(monkeypatch, *words, missing) == 2
    assert capsys.readouterr().err == (
        f"market-spread limits {words[0]}: cannot read {missing}: No such file or directory\n"
    )


def test_explain_says_what_holds(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a market the limits of the symbol are said, as they are for this account at that moment."""
    assert call(monkeypatch, "explain", "IBM", "--file", file, "--account", "57", "--at", OPEN) == 0

    assert capsys.readouterr().out.splitlines() == [
        "limits: us-equity/open:retail",
        "tiers by the bid: from 0: spread 0.01 and ratio 0.025; from 25: spread 0.05 and ratio 0.005",
        (
            "states: no_quote alert, one_sided needed, locked pass, crossed alert after 500 ms, "
            "negative alert, halted alert, auction pass"
        ),
        "quote_ms: 60000",
        "feed_ms: 2000",
        "market: spread 0.05 and ratio 0.005",
        "through: the larger of money 0.075 and ratio 0.025",
        "away: ratio 0.10",
        "bands: alert",
        "tick: from 0: 0.0001; from 1: 0.01",
        "max_quantity: 100000",
        "max_notional: 250000",
        "prices that mean no price: 0, 0.0001, 199999.99",
    ]


@pytest.mark.parametrize(
    ("symbol", "line"),
    [
        ("AAPL  261218C00150000", "Cboe rule 8.7 has the same numbers; not dated)"),
        ("AIG", "override until 2026-11-25T21:00:00.000000Z: earnings"),
        ("AIG", "limits: default+override"),
        ("AIG", "tiers by the bid: spread 0.50"),
    ],
)
def test_explain_says_where_limits_are_from(
    symbol: str, line: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A preset's source and date, and an override's end and reason."""
    assert call(monkeypatch, "explain", symbol, "--file", file, "--at", OPEN) == 0
    assert line in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (
            ["--bid", "10", "--offer", "10.03", "--price", "10.5", "--account", "57"],
            [
                "tier: spread 0.01 and ratio 0.025",
                "verdict: alert (severity high), reason spread,through",
                "broken: spread>=0.01:0.03;through_ratio>=0.025:0.0468594",
                "state: two_sided",
                (
                    "passed: spread_ratio, no_quote, stale_quote, one_sided, crossed, negative, halted, "
                    "away, off_tick"
                ),
                (
                    "skipped, for want of what they compare: "
                    "stale_feed, market_order, bands, quantity, notional"
                ),
            ],
        ),
        (["--bid", "10", "--offer", "10.01", "--price", "10.01", "--quantity", "5"], ["verdict: no alert"]),
        (["--offer", "10.01", "--side", "sell"], ["verdict: alert, reason one_sided", "broken: one_sided"]),
        (["--offer", "10.01", "--side", "buy"], ["verdict: no alert"]),
        (["--bid", "10", "--offer", "9"], ["broken: crossed>=500:unknown"]),
        (["--bid", "25", "--offer", "25.01"], ["tier: spread 0.10 and ratio 0.01"]),
        (["--bid", "25", "--at", "2026-11-24T10:00:00Z"], ["tier: off", "limits: us-equity/pre"]),
    ],
)
def test_explain_judges(
    words: list[str],
    lines: list[str],
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Given a market, what the order would be told, and which tests were made."""
    assert call(monkeypatch, "explain", "IBM", "--file", file, "--at", OPEN, *words) == 0

    said = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line not in said] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["explain", " "], "' ' is no symbol: 1 to 64 printable ASCII characters."),
        (["explain", "IBM", "--bid", "nan"], "Invalid value for '--bid'"),
        (["explain", "IBM", "--at", "noon"], "Invalid value for '--at'"),
        (["explain", "IBM", "--side", "hold"], "Invalid value for '--side'"),
        (["publish", "x.toml", "--who", "ann"], "Missing option '--why'"),
        (["publish", "x.toml", "--who", "ann", "--why", " "], "1 to 500 characters"),
        (["activate", "0", "--who", "ann", "--why", "x"], "0 is not in the range"),
        (["shadow", "on", "--who", "ann", "--why", "x"], "'on' is not a valid"),
        (["nonsense"], "No such command 'nonsense'"),
    ],
)
def test_wrong_words(
    words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong with the words is said in one line, with exit code 2."""
    assert call(monkeypatch, *words) == 2

    errors = capsys.readouterr().err
    assert said in errors
    assert errors.count("\n") == 1


def test_without_a_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It says which there are."""
    assert call(monkeypatch) == 0
    assert "\n  explain " in capsys.readouterr().out
