"""Running one sender to a feed, with something to look at meanwhile."""

import logging
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Final, NoReturn

from market_spread.sending.sender import Sender, SenderError
from services.cli.sending.side_by_side import interruption, run_together
from shared.telemetry import logs

logger = logging.getLogger(__name__)

INTERRUPTED: Final = 130


def run_sender(sender: Sender, display: AbstractContextManager[Callable[[int], None]]) -> bool:
    """Send everything; whether that was possible without an interruption.

    Args:
        sender: to a feed.
        display: shows how many frames are done.
    """
    interrupted = interruption()
    with display as show:
        logs.configure("text", "info")  # only now: a bar keeps log lines above itself

        def goes_on() -> bool:
            show(sender.done)
            return not interrupted.is_set()

        try:
            run_together([sender], goes_on)
        except (SenderError, LookupError) as error:
            logger.error("%s", error)
            sys.exit(1)
        show(sender.done)
    return not interrupted.is_set()


def say_where_it_stands(sender: Sender, total: int | None, source: str | None) -> NoReturn:
    """End after an interruption, with how to go on."""
    of_all = "" if total is None else f" of {total}"
    if source is None:
        logger.warning("interrupted after %d%s frames were sent", sender.sent, of_all)
    else:
        logger.warning(
            "interrupted when %d%s frames had taken effect; --source %s goes on from there",
            sender.acknowledged, of_all, source,
        )  # fmt: skip
    sys.exit(INTERRUPTED)
