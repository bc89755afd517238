"""Mutated frames over real sockets: the services live, and every frame is accounted for."""

import pytest

from tests.support.processes import Processes


@pytest.mark.timeout(600)
@pytest.mark.parametrize("frames", [5000, pytest.param(1_000_000, marks=pytest.mark.slow)])
def test_mutated_frames_kill_nobody_and_add_up(processes: Processes, frames: int) -> None:
    """Bits flipped, bytes inserted, removed and repeated anywhere: each frame is valid or has its reason."""
    fuzz = processes.start("-m", "faults.fuzz", "--frames", str(frames), "--seed", "5")
    code = fuzz.wait(timeout_s=590)
    output = fuzz.output()
    assert code == 0, output
    received = [int(line.split()[1].replace(",", "")) for line in output.splitlines()]
    assert sum(received) >= frames
