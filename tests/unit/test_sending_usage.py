"""Wrong words for `replay` and `simulate`: one clear line, exit code 2."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from services.cli.main import main
from tests.support import fix

Say = Callable[..., str]


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Say:
    """Calls the console script with wrong words; gives the one line that it says."""

    def call(*words: str) -> str:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr("sys.argv", ["market-spread", *words])
        with pytest.raises(SystemExit) as caught:
            main()
        said = capsys.readouterr()
        assert (caught.value.code, said.out, said.err.count("\n")) == (2, "", 1)
        return said.err

    return call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("missing.msg", "--to", "127.0.0.1:1"), "missing.msg: No such file"),
        ((".", "--to", "127.0.0.1:1"), "Is a directory"),
        (("cut.msg", "--to", "127.0.0.1:1"), "cut.msg: ends inside a frame, which starts at byte 46"),
        (("text.csv", "--to", "127.0.0.1:1"), "text.csv: line 1: no column for a side (of orders)"),
        (("orders.csv", "--to", "127.0.0.1:1", "--map", "x"), "--map x: it has to be THEIRS=OURS"),
        (("orders.csv", "--to", "127.0.0.1:1", "--map", "x=price"), "there is no column 'x' (--map)"),
        (("orders.csv", "--to", "127.0.0.1:1", "--what", "quotes"), "no column for bid and offer"),
        (("both.csv", "--to", "127.0.0.1:1"), "say what its rows are with --what orders or --what quotes"),
        (
            ("both.log", "--to", "127.0.0.1:1"),
            "both.log has orders and quotes: say which to send with --what",
        ),
        (("good.msg", "--to-stream", "orders", "--map", "x=price"), "--map is for CSV"),
        (("good.msg", "--to-stream", "orders", "--sender", "DESK"), "--sender is for FIX logs"),
        (("good.msg", "--to-stream", "orders", "--source", "no spaces"), "--source: source name 'no spaces'"),
        (("good.msg", "--to-stream", "orders", "--symbol-map", "missing.csv"), "missing.csv"),
        (("noise.bin", "--to", "127.0.0.1:1"), "neither a file of frames, nor a FIX message log, nor CSV"),
        (("cut.gz", "--dry-run"), "cut.gz: what is compressed in it is broken"),
        (("good.msg", "--to", "127.0.0.1:1", "--to-stream", "x"), "--to and --to-stream: only one of them"),
        (("good.msg", "--to-stream", "a}b"), "'a}b' has a '}' and no tag"),
        (("good.msg", "--to-stream", "{}x"), "'{}x' has a '}' and no tag"),
        (("good.msg", "--to-stream", "x", "--plain"), "--plain is for feeds"),
        (("good.msg", "--together", "--to", "127.0.0.1:1"), "--together sends to two places: name them with"),
        (("good.msg", "--to", "127.0.0.1:1", "--pace", "60"), "--pace needs --together"),
        (("good.msg", "--together", "--rate", "5"), "--together has --pace instead of --rate"),
        (("good.msg", "--together", "--repeat", "2"), "--together sends each file once"),
        (("good.msg", "other.msg", "--to", "127.0.0.1:1"), "several files need --together"),
        (("good.msg",), "--to"),
        (("good.msg", "--to", "nowhere"), "'nowhere' is not HOST:PORT"),
        (("good.msg", "--to", "127.0.0.1:1", "--rate", "-1"), "--rate"),
        (("good.msg", "--to", "127.0.0.1:1", "--repeat", "0"), "--repeat"),
        (("good.msg", "--to", "127.0.0.1:1", "--source", "no spaces"), "--source: source name 'no spaces'"),
        (("good.msg", "--to", "127.0.0.1:1", "--source", ""), "--source: source name ''"),
        (("good.msg", "--to", "127.0.0.1:1", "--source", "a", "--plain"), "--plain has no --source"),
    ],
)
def test_replay(say: Say, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """What is wrong with a file or a flag of `replay` is said before anything is sent."""
    frame = struct.pack(">I", 42) + bytes(42)
    (tmp_path / "good.msg").write_bytes(frame)
    (tmp_path / "cut.msg").write_bytes(frame + frame[:-1])
    (tmp_path / "text.csv").write_text("BTU,10.00,10.05\n")
    (tmp_path / "orders.csv").write_text("symbol,side\nBTU,buy\n")
    (tmp_path / "both.csv").write_text("symbol,side,bid,offer\nBTU,buy,10,10.05\n")
    (tmp_path / "both.log").write_bytes(fix.order() + fix.market_data("55=BTU|132=9|133=10", kind="S"))
    (tmp_path / "noise.bin").write_bytes(bytes(range(255, -1, -1)))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(b"symbol,side\nBTU,buy\n")[:-9])
    assert said in say("replay", str(tmp_path / words[0]), *words[1:])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--write", "folder"), "--write needs --for"),
        (("--write", "folder", "--for", "1", "--orders-per-second", "0"), "--write needs rates of 1 or more"),
        (("--risky", "1.1"), "--risky"),
        (("--symbols", "0"), "--symbols"),
        (("--seed", "-1"), "--seed"),
        (("--for", "0"), "--for"),
        (("--for", "nan"), "'nan' is not a number"),
        (("--risky", "nan"), "'nan' is not a number"),
        (("--market-data", "7011"), "'7011' is not HOST:PORT"),
        (("--quotes-per-second", "many"), "--quotes-per-second"),
    ],
)
def test_simulate(say: Say, tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    """What is wrong with a flag of `simulate` is said, and nothing is written."""
    assert said in say("simulate", *words)
    assert not (tmp_path / "folder").exists()
