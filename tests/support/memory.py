"""How much memory a process has in use."""

from pathlib import Path


def resident_kb(pid: int) -> int:
    """What the process with this ID has in memory, kilobytes."""
    return int(Path(f"/proc/{pid}/status").read_text().split("VmRSS:")[1].split()[0])
