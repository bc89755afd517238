"""The parts of the fault harness: a clock that steps, a file that is cut off, a source without something."""

import asyncio
import subprocess
import sys
import time
from pathlib import Path

import pytest

from faults.append_file import AppendFile
from faults.breaking_proxy import HeldCommit, _find_boundary
from faults.clock import WallClock
from faults.loss import Loss, State
from faults.market import DAY
from faults.snapshot import CUTS, Edit, apply_edit, copy_services
from shared.redis.link import command

ROOT = Path(__file__).parents[2]


def test_a_process_with_a_clock_that_steps_reads_another_time(tmp_path: Path) -> None:
    """Its wall clock is ahead or behind by what the file says when it asks; its monotonic clock is not."""
    (tmp_path / "watch.py").write_text(
        "import sys, time\n"
        "for line in sys.stdin:\n"
        "    print(time.time_ns() // 10**9, int(time.time()), int(time.monotonic()), sys.argv, flush=True)\n"
    )
    clock = WallClock(tmp_path / "clock", "seed")
    clock.start()
    words = [sys.executable, "-m", *clock.words("watch"), "--flag"]
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}"},
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(3):
            process.stdin.write("now\n")
            process.stdin.flush()
            wall, same, monotonic, words_seen = process.stdout.readline().split(maxsplit=3)
            assert int(wall) == pytest.approx(time.time() + clock.ahead_s, abs=2)
            assert int(same) == pytest.approx(int(wall), abs=1)
            assert int(monotonic) == pytest.approx(time.monotonic(), abs=2)
            assert words_seen.endswith("'--flag']\n")
            clock.step()
            assert abs(clock.ahead_s) >= 1


def test_a_file_is_cut_off_where_it_ended_at_a_moment(tmp_path: Path) -> None:
    """By the length that was noted then; a torn one lacks some bytes more."""

    async def grow() -> None:
        path = tmp_path / "appendonlydir" / "appendonly.aof.1.incr.aof"
        path.parent.mkdir()
        path.write_bytes(b"old")
        file = AppendFile(tmp_path)
        watching = asyncio.create_task(file.watch())
        await asyncio.sleep(0.1)
        grown = time.monotonic()
        path.write_bytes(b"old, new")
        await asyncio.sleep(0.1)
        file.cut(time.monotonic() - grown)
        assert path.read_bytes() == b"old"
        file.cut(0.0, torn=1)
        assert path.read_bytes() == b"ol"
        watching.cancel()

    asyncio.run(grow())


@pytest.mark.parametrize(
    ("before", "after", "is_real"),
    [
        (State({"position:a": 5}, 2, 9), State({"position:a": 5}, 2, 8), False),
        (State({"position:a": 5}, 2, 9), State({"position:a": 4}, 2, 9), True),
        (State({"position:a": 5}, 2, 9), State({}, 2, 9), True),
        (State({"position:a": 5}, 2, 9), State({"position:a": 5}, 1, 9), True),
        (State({}, 0, 9), State({}, 0, 0), True),
        (State({}, 0, 0), State({}, 0, 0), False),
    ],
)
def test_a_loss_is_real_if_something_that_had_taken_effect_is_gone(
    before: State, after: State, *, is_real: bool
) -> None:
    """A position or alerts went back, or a node has nothing left; keys that expire are no loss."""
    assert Loss(before, after).is_real is is_real


@pytest.mark.parametrize("without", sorted(CUTS))
def test_what_is_taken_out_of_a_copy_is_there(tmp_path: Path, without: str) -> None:
    """Each edit finds its text in the source of today, once."""
    copy_services(ROOT, tmp_path, without=without)
    for edit in CUTS[without].edits:
        assert (tmp_path / edit.file).read_text() != (ROOT / edit.file).read_text()


@pytest.mark.parametrize("text", ["", "a a"])
def test_an_edit_whose_text_is_not_there_exactly_once_is_an_error(tmp_path: Path, text: str) -> None:
    """Else a run that has to fail would be one of the services as they are."""
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(LookupError, match="has not exactly one 'a'"):
        apply_edit(Edit(Path("file"), "a", "b"), path)


def commit(key: str, before: str, after: str, *alerts: str) -> bytes:
    """A chunk of a commit, as it goes over the line."""
    return command(key, "EVALSHA", "sha", 2, key, "alerts", "owner", before, after, "", *alerts).packed


def test_the_line_finds_the_boundary_of_two_chunks() -> None:
    """Behind the first chunk with alerts that another one of the same source goes on from."""
    alert = f"{DAY}-09:30:00.000"
    other = commit("position:b", "0", "7", alert)
    without = commit("position:c", "0", "7") + commit("position:c", "7", "9", alert)
    first, second = commit("position:a", "3", "8", alert), commit("position:a", "8", "9", alert)
    boundary = HeldCommit("position:a", "8")

    assert _find_boundary(other + without) is None
    assert _find_boundary(other + without + first) is None
    assert _find_boundary(first + commit("position:a", "9", "12", alert)) is None
    assert _find_boundary(other + first + second) == (len(other + first), boundary)
    assert _find_boundary(first + second + other) == (len(first), boundary)
    assert _find_boundary(first + second[:-5]) is None  # it is not all there yet


def test_a_source_with_smaller_chunks(tmp_path: Path) -> None:
    """`--portion` changes what a chunk holds at most, and nothing else."""
    copy_services(ROOT, tmp_path / "as it is")
    copy_services(ROOT, tmp_path / "smaller", portion=5)
    path = Path("shared/commit/chunks.py")
    before, after = ((tmp_path / name / path).read_text() for name in ("as it is", "smaller"))
    assert after == before.replace("EFFECTS_A_CHUNK: Final = 1000", "EFFECTS_A_CHUNK: Final = 5")
    assert after != before
