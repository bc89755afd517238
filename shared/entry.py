"""A service's entry point: logging set up, run, and an exit code."""

import logging
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from shared import logs
from shared.options import CommonSettings
from shared.service import CannotStart

Settings = TypeVar("Settings", bound=CommonSettings)


def run_service(run: Callable[[Settings], int], settings: Settings) -> NoReturn:
    """Run a service and exit; one that cannot start says why in one line."""
    logs.configure(settings.log_format, settings.log_level)
    try:
        code = run(settings)
    except CannotStart as error:
        logging.getLogger(__name__).error("%s", error)
        code = error.exit_code
    sys.exit(code)
