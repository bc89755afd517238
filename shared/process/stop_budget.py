"""How the 5 seconds are spent within which every process ends after a signal (SIGTERM or Ctrl-C).

Each part stands here and nowhere else, so that their sum can be seen and tested.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from shared.redis.inquiry import SILENCE_S
from shared.redis.url import TIMEOUT_S

STOP_S: Final = 5.0
"""What is promised."""

ATTEMPT_S: Final = TIMEOUT_S + SILENCE_S
"""An attempt to reach Redis fails within this time; in a cluster another node may have been asked before."""

LAST_READS_S: Final = 1.5
"""From the signal on: how long a service still reads what arrives."""
LAST_WAIT_S: Final = 1.5
"""From the signal on: how long a service still waits for Redis; the last attempt may begin just before."""

LAST_SENDS_S: Final = 1.0
"""From the signal on: how long the forwarder still sends what it has read."""
LAST_FORWARDER_WAIT_S: Final = 2.0
"""From the signal on: how long the forwarder still waits for Redis, in the same way."""

LAST_CHUNKS_S: Final = 1.0
"""How long the API waits for open streams to end."""
LAST_ANSWERS_S: Final = 3
"""After that: how long the API waits for other answers; whole seconds, as uvicorn has it."""

LAST_ACKS_S: Final = 2.0
"""From Ctrl-C on: how long the simulator waits for what it has sent to take effect."""

PARTS: Final[Mapping[str, Sequence[float]]] = {
    "ingest, check": (max(LAST_READS_S, LAST_WAIT_S), ATTEMPT_S),
    "forward": (max(LAST_SENDS_S, LAST_FORWARDER_WAIT_S), ATTEMPT_S),
    "api": (LAST_CHUNKS_S, LAST_ANSWERS_S),
    "simulate": (LAST_ACKS_S,),
}
"""What comes one after the other at worst, by command."""
