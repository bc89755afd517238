"""The entry point of a service process."""

import logging
import sys
from collections.abc import Callable
from typing import NoReturn, TypeVar

from shared import logs
from shared.options import ServiceSettings
from shared.service import CannotStart

Settings = TypeVar("Settings", bound=ServiceSettings)


def run_service(run: Callable[[Settings], int], settings: Settings) -> NoReturn:
    """Run a service and exit as the contract with its users says: with one line if it cannot start."""
    logs.configure(settings.log_format, settings.log_level)
    try:
        code = run(settings)
    except CannotStart as error:
        logging.getLogger(__name__).error("%s", error)
        code = error.exit_code
    sys.exit(code)
