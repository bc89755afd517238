"""The 5 seconds of a stop: what comes one after the other fits into them."""

import pytest

from shared.process.stop_budget import PARTS, STOP_S

_REST_S = 0.4
"""For all that waits for nothing: closing sockets, the last log lines, the end of the interpreter."""


@pytest.mark.parametrize("command", PARTS)
def test_the_parts_of_a_stop_fit_into_what_is_promised(command: str) -> None:
    """With some time left for closing everything."""
    assert sum(PARTS[command]) <= STOP_S - _REST_S
