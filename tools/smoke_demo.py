"""Run `make demo` as a user does: a first alert within 10 s, and after Ctrl-C nothing is left."""

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

ALERT_WITHIN_S = 10.0
READ_FOR_S = 30.0


def main() -> None:
    """Exit code 1, and a line that says why, if it does not go well."""
    demo = subprocess.Popen(["make", "demo"], stdout=subprocess.PIPE, text=True, start_new_session=True)  # noqa: S607
    too_late = threading.Timer(READ_FOR_S, os.killpg, (demo.pid, signal.SIGTERM))
    too_late.start()
    alert_after_s = _read_to_first_alert(demo)
    too_late.cancel()
    if demo.poll() is None:
        os.killpg(demo.pid, signal.SIGINT)  # a terminal's Ctrl-C: to make and to the demo
    demo.wait(timeout=10)
    if alert_after_s is None or alert_after_s > ALERT_WITHIN_S:
        sys.exit(f"make demo: no alert within {ALERT_WITHIN_S:.0f} s")
    if left := _session(demo.pid):
        sys.exit(f"make demo left behind: {left}")
    print("make demo: an alert, and nothing left behind")


def _read_to_first_alert(demo: subprocess.Popen[str]) -> float | None:
    """Show what it prints; the seconds that it says the first alert took, None if it ended before."""
    assert demo.stdout is not None
    for line in demo.stdout:
        print(line, end="", flush=True)
        if found := re.match(r"first alert after ([\d.]+) s", line):
            return float(found[1])
    return None


def _session(leader: int) -> list[str]:
    """The command lines of the processes of a session."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            session = int((process / "stat").read_text().rpartition(")")[2].split()[3])
            if session == leader:
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:  # it has ended meanwhile
            continue
    return found


if __name__ == "__main__":
    main()
