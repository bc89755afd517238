"""A service's entry point: logging set up, run, and an exit code."""

import ctypes
import gc
import logging
import sys
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from shared.process.lifecycle import CannotStart
from shared.process.options import CommonSettings
from shared.redis.retry import GaveUp
from shared.telemetry import logs

_COLLECTION: Final = (50_000, 20, 100)
"""How seldom garbage is looked for. A batch makes 10,000s of objects and no cycles: at the usual 700 the
looking costs a tenth of the time that an alert takes."""

_MALLOC: Final = {-3: 32 << 20, -1: 256 << 20, -2: 16 << 20}
"""glibc's M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD, bytes."""

Settings = TypeVar("Settings", bound=CommonSettings)


def run_service(run: Callable[[Settings], int], settings: Settings) -> NoReturn:
    """Run a service and exit; one that cannot start says why in one line."""
    logs.configure(settings.log_format, settings.log_level)
    gc.freeze()
    gc.set_threshold(*_COLLECTION)
    keep_freed_memory()
    try:
        code = run(settings)
    except CannotStart as error:
        logging.getLogger(__name__).error("%s", error)
        code = error.exit_code
    except GaveUp:
        logging.getLogger(__name__).warning("stopped before Redis was there")
        code = 0
    sys.exit(code)


def keep_freed_memory() -> None:
    """Tell glibc to keep what batches free, because the next batch needs it again at once.

    Giving it back and faulting it in anew took 40 % of the processor time at full speed (50,000 page faults
    for 2 million messages, none this way).
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # another C library
        return
    for parameter, value in _MALLOC.items():
        mallopt(parameter, value)
