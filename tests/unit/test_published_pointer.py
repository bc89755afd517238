"""The pointer to a version of the limits, and what follows from what Redis has there."""

import pytest

from shared.published.decision import Step, decide
from shared.published.pointer import Pointer

A, B = "a" * 64, "b" * 64


def test_its_text_is_read_back() -> None:
    """Number and hash, separated by a space."""
    pointer = Pointer(12, A)

    assert str(pointer) == f"12 {A}"
    assert Pointer.parse(str(pointer).encode()) == pointer
    assert Pointer.parse(None) is None


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"7", b"x " + b"a" * 64, b"0 " + b"a" * 64, b"07 " + b"a" * 64, b"-1 " + b"a" * 64,
        b"7 " + b"a" * 63, b"7 " + b"A" * 64, b"7  " + b"a" * 64, b"7 " + b"a" * 64 + b"\n", b"\xff\x00",
        b"1" * 16 + b" " + b"a" * 64,
    ],
)  # fmt: skip
def test_anything_else_is_damaged(raw: bytes) -> None:
    """The error shows what there is."""
    with pytest.raises(ValueError, match="is not a number and a SHA-256"):
        Pointer.parse(raw)


@pytest.mark.parametrize(
    ("known", "seen", "step"),
    [
        (None, None, Step.KEEP),  # version 0: no pointer was ever seen
        (None, f"1 {A}", Step.LOAD),
        (None, "1", Step.REFUSE),
        (Pointer(3, A), f"3 {A}", Step.KEEP),
        (Pointer(3, A), f"4 {B}", Step.LOAD),
        (Pointer(3, A), f"4 {A}", Step.LOAD),  # the same content, published again
        (Pointer(3, A), None, Step.RESTORE),
        (Pointer(3, A), f"2 {A}", Step.RESTORE),
        (Pointer(3, A), f"2 {B}", Step.RESTORE),
        (Pointer(3, A), f"3 {B}", Step.REFUSE),  # two contents under one number
        (Pointer(3, A), "", Step.REFUSE),
        (Pointer(3, A), "four", Step.REFUSE),
    ],
)
def test_what_follows(known: Pointer | None, seen: str | None, step: Step) -> None:
    """From what is in force and what the pointer's key holds now."""
    decision = decide(known, None if seen is None else seen.encode())

    assert decision.step is step
    assert (decision.pointer is not None) == (step is Step.LOAD)
    assert bool(decision.trouble) == (step is Step.REFUSE)
