"""A file of frames: every frame can be found and sent, a broken file is refused."""

import os
from pathlib import Path
from threading import Thread

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market_spread.framing import frame
from services.cli.sending.frame_file import FrameFile, NotFramesError

SIZES = st.lists(
    st.one_of(st.just(42), st.sampled_from([1, 43, 53, 4096]), st.integers(1, 4096)), min_size=1, max_size=60
)


def frames_of(sizes: list[int]) -> list[bytes]:
    return [frame(bytes([number % 251]) * size) for number, size in enumerate(sizes)]


def take_all(file: FrameFile, most: list[int]) -> bytes:
    """Everything from the file's position on, in portions of these sizes, over and over."""
    taken = bytearray()
    turn = 0
    while part := file.take(most[turn % len(most)]):
        taken += part
        turn += 1
    return bytes(taken)


@given(
    sizes=SIZES,
    repeat=st.integers(1, 3),
    most=st.lists(st.integers(1, 100), min_size=1, max_size=5),
    start=st.floats(0, 1),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_goes_on_from_any_frame(
    tmp_path: Path, sizes: list[int], repeat: int, most: list[int], start: float
) -> None:
    """From any frame on, in any portions, exactly the remaining frames are taken, over all repetitions."""
    frames = frames_of(sizes)
    path = tmp_path / "some.msg"
    path.write_bytes(b"".join(frames))
    file = FrameFile(path, repeat)
    assert file.end == len(frames) * repeat
    first = round(start * file.end)
    file.seek(first)
    assert take_all(file, most) == b"".join((frames * repeat)[first:])
    assert file.position == file.end


def test_is_indexed_piece_by_piece(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file larger than what is indexed at once, with frames across the borders, is found whole."""
    monkeypatch.setattr("services.cli.sending.frame_file._INDEXED_AT_ONCE", 5000)
    frames = frames_of([42] * 500 + [43, 4096, 42] * 20 + [4096] * 5)
    path = tmp_path / "some.msg"
    path.write_bytes(b"".join(frames))
    file = FrameFile(path)
    file.seek(501)
    assert file.end == len(frames)
    assert take_all(file, [7]) == b"".join(frames[501:])


@pytest.mark.parametrize("cut", [1, 3, 4, 20, 45])
def test_a_file_that_ends_inside_a_frame_is_refused(tmp_path: Path, cut: int) -> None:
    """The error names the byte where the broken frame starts."""
    path = tmp_path / "cut.msg"
    path.write_bytes(b"".join(frames_of([42] * 10))[: 9 * 46 + cut])
    with pytest.raises(NotFramesError, match="ends inside a frame, which starts at byte 414"):
        FrameFile(path)


@pytest.mark.parametrize("text", [b"BTU,10.00,10.05\n" * 20, bytes(100), b"\x00\x00\x10\x01" + bytes(5000)])
def test_what_is_no_file_of_frames_is_refused(tmp_path: Path, text: bytes) -> None:
    """Text, zeros and a length above 4096 are recognised at once."""
    path = tmp_path / "other.csv"
    path.write_bytes(text)
    with pytest.raises(NotFramesError, match="byte 0 announces a payload of"):
        FrameFile(path)


def test_an_empty_file_has_no_frames(tmp_path: Path) -> None:
    """There is nothing to send, and nothing wrong."""
    path = tmp_path / "empty.msg"
    path.touch()
    file = FrameFile(path, 5)
    assert file.end == 0
    assert not file.take(10)


def test_a_pipe_is_read(tmp_path: Path) -> None:
    """What cannot be mapped, such as the output of another command, is read whole first."""
    frames = b"".join(frames_of([42] * 3000 + [43]))
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_bytes, args=(frames,))
    writer.start()
    file = FrameFile(pipe, 2)
    writer.join()
    assert take_all(file, [1000]) == frames * 2


def test_cannot_go_beyond_its_end(tmp_path: Path) -> None:
    """Going on at the end is possible (all is done), beyond it is not."""
    path = tmp_path / "some.msg"
    path.write_bytes(b"".join(frames_of([42] * 10)))
    file = FrameFile(path, 2)
    file.seek(20)
    with pytest.raises(LookupError, match="there are only 20 frames to send"):
        file.seek(21)
