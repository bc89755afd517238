"""Programs of ours that begin with their imports done: each costs some 20 ms of CPU instead of 500.

A template process imports what the programs import, forks for each program, and reports its end. So a
program has a process, streams, environment, signals and an end of its own, as if it had been started by its
name; only its imports happened before. The tests of installation, containers and of the demo start programs
by their names.
"""

import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Final, NoReturn

from services.cli.local.die_with_parent import die_with_parent, dying_with_parent

_ROOT: Final = Path(__file__).parents[2]
_PROGRAMS: Final = ("services.market_data", "services.orders", "services.web", "services.cli")
_IMPORTS: Final = (
    "services.market_data.service",
    "services.orders.service",
    "services.web.server",
    "services.cli.main",
    "services.cli.commands.alerts",
    "services.cli.commands.replay",
    "services.cli.commands.simulate",
    "services.orders.forward.command",
)
_MOST_BYTES: Final = 1 << 18
_LONGEST_NUMBER: Final = 20


def can_be_prepared(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    """Whether a program is one of ours, started as `-m MODULE`, that inherits only variables of ours."""
    is_ours = len(words) > 1 and words[0] == "-m" and words[1] in _PROGRAMS
    inherits_nothing = signal.getsignal(signal.SIGHUP) is signal.SIG_DFL
    return (
        is_ours
        and inherits_nothing
        and all(name.startswith(("MARKET_SPREAD_", "REDIS_URL")) for name in environment)
    )


class Prepared:
    """A program that was forked; what tests use of a `subprocess.Popen`.

    Args:
        words: `-m`, the module, its arguments.
        environment: all of it.
    """

    def __init__(self, words: Sequence[str], environment: Mapping[str, str]) -> None:
        self.args = words
        self.returncode: int | None = None
        self._report, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        output, output_end = os.pipe()
        errors, errors_end = os.pipe()
        request = json.dumps([*words]), json.dumps({**environment})
        message = "\n".join(request).encode()
        socket.send_fds(_template(), [message], [output_end, errors_end, theirs.fileno()])
        theirs.close()
        os.close(output_end)
        os.close(errors_end)
        self.stdout: IO[str] = os.fdopen(output)
        self.stderr: IO[str] = os.fdopen(errors)
        self.pid = int(self._report.recv(_LONGEST_NUMBER))

    def poll(self) -> int | None:
        """Its exit code, or None while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def wait(self, timeout: float) -> int:
        """Its exit code; negative is the signal that ended it.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        if self.returncode is None:
            self._report.settimeout(timeout)
            try:
                self.returncode = int(self._report.recv(_LONGEST_NUMBER))
            except (TimeoutError, BlockingIOError) as late:
                raise subprocess.TimeoutExpired([*self.args], timeout) from late
            self._report.close()
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


@functools.cache
def _template() -> socket.socket:
    """The way to the template of this process, which starts with the first request and ends with us."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        dying_with_parent([sys.executable, "-m", __name__, str(theirs.fileno())]),
        cwd=_ROOT,
        stdin=subprocess.DEVNULL,
        pass_fds=[theirs.fileno()],
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def main() -> None:
    """Be the template; return in a child, as the program that was asked for."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    for name in _IMPORTS:
        importlib.import_module(name)
    gc.freeze()  # so that children do not write to all pages when they collect
    programs: dict[int, tuple[int, int]] = {}
    """Process and where its end is reported, by the descriptor that tells of its end."""
    while True:
        ready, _, _ = select.select([requests.fileno(), *programs], [], [])
        for ended in programs.keys() & {*ready}:
            process, report = programs.pop(ended)
            _, status = os.waitpid(process, 0)
            os.write(report, b"%d" % os.waitstatus_to_exitcode(status))
            _close(ended, report)
        if requests.fileno() not in ready:
            continue
        message, descriptors, _flags, _address = socket.recv_fds(requests, _MOST_BYTES, 3)
        if not message:  # the tests are over, and have ended their programs
            return
        output, errors, report = descriptors
        template, process = os.getpid(), os.fork()
        if process == 0:
            die_with_parent(template)
            requests.close()
            _close(report, *programs, *(other for _, other in programs.values()))
            words, environment = map(json.loads, message.decode().split("\n"))
            _become(words, environment, output, errors)
            return
        _close(output, errors)
        os.write(report, b"%d" % process)
        programs[os.pidfd_open(process)] = process, report


def _close(*descriptors: int) -> None:
    for each in descriptors:
        os.close(each)


def _become(words: Sequence[str], environment: Mapping[str, str], output: int, errors: int) -> None:
    os.dup2(output, sys.stdout.fileno())
    os.dup2(errors, sys.stderr.fileno())
    _close(output, errors)
    os.environ.clear()
    os.environ.update(environment)
    _dash_m, module, *arguments = words
    sys.argv = [module, *arguments]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if isinstance(end.code, int):
            _end(end.code)
        raise


def _end(code: int) -> NoReturn:
    """End as the interpreter does, without freeing what the template has, which copies all of its pages."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
