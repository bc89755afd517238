"""Run a command, and fail if it takes too much CPU time: `python tools/cpu_budget.py SECONDS COMMAND...`.

What counts is the user and system time of the command and of all processes that it started and waited for.
Unlike the time by the clock it hardly depends on what else the machine does.
"""

import resource
import subprocess
import sys


def main() -> None:
    """Run the command; its own exit code, or 1 if it succeeded and took too long."""
    allowed_s, command = float(sys.argv[1]), sys.argv[2:]
    code = subprocess.run(command, check=False).returncode
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken_s = usage.ru_utime + usage.ru_stime
    print(f"CPU time: {taken_s:.1f} s of {allowed_s:g} s")
    if code == 0 and taken_s > allowed_s:
        sys.exit(
            f"{command[0]} took {taken_s:.1f} CPU seconds and may take {allowed_s:g}: make it cheaper, "
            "mark as slow what may be, or on a slow machine raise the limit with CPU_SECONDS=..."
        )
    sys.exit(code)


if __name__ == "__main__":
    main()
