"""Running senders side by side, each in a thread of its own."""

import signal
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Event
from types import FrameType
from typing import Final, Protocol

_LOOK_EVERY_S: Final = 0.1


class Runner(Protocol):
    """A sender."""

    def run(self, abort: Event) -> None:
        """Send all there is, until `abort` is set.

        Raises:
            SenderError: it cannot go on.
        """


def run_together(senders: Sequence[Runner], goes_on: Callable[[], bool]) -> None:
    """Run senders until all are done, one has failed, or `goes_on`, asked ten times a second, says no.

    Raises:
        SenderError: one has failed; the others have been told to stop.
    """
    abort = Event()
    with ThreadPoolExecutor(len(senders)) as pool:
        runs = [pool.submit(sender.run, abort) for sender in senders]
        try:
            is_running = True
            while is_running and goes_on():
                done, running = wait(runs, _LOOK_EVERY_S, FIRST_EXCEPTION)
                is_running = bool(running) and not any(run.exception() for run in done)
        finally:
            abort.set()
    for run in runs:
        run.result()


def interruption(*signals: signal.Signals) -> Event:
    """An event that these signals set from now on; without any Ctrl-C and SIGTERM.

    SIGHUP that is ignored, as under `nohup`, stays so.
    """
    event = Event()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        event.set()

    for number in signals or (signal.SIGINT, signal.SIGTERM):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, interrupt)
    return event
