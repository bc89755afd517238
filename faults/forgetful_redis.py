"""One Redis that loses the limits, and nothing else, at a moment at which nobody is left who knows them."""

import asyncio
from collections.abc import Sequence
from typing import Final

from faults.loss import Loss, Meanwhile, State, read_state
from faults.one_redis import REDIS, OneRedis
from faults.target import FORGET

_WAIT_S: Final = "3"
_LIMITS: Final = "limits:{limits}:*"


class ForgetfulRedis(OneRedis):
    """See `faults.target.Redises`.

    Checkers that are started anew find that sources were judged by a version that is not there any more.
    They wait for it in vain, but not for long, say so and go on.

    Args:
        checkers: whose lines can break.
        seed: decides how they do.
    """

    checker_words: Sequence[str] = ("--rebuild-wait", _WAIT_S)

    def __init__(self, checkers: Sequence[str], seed: str) -> None:
        super().__init__(checkers, seed)
        self.deck = [*self.deck, *[(REDIS, FORGET)] * 6]

    async def lose(self, name: str, kind: str, meanwhile: Meanwhile) -> Loss:
        """See `faults.target.Redises`; whoever knows the limits is dead."""
        del name, kind
        loss = await asyncio.to_thread(self._forget)
        meanwhile(loss)
        return loss

    def _forget(self) -> Loss:
        """Nobody has written anything since: positions and alerts stay as they are, and are not looked at."""
        with self.client() as client:
            before = read_state(client).limits
            keys = list(client.scan_iter(_LIMITS))
            if keys:
                client.delete(*keys)
        return Loss(State({}, 0, 0, before), State({}, 0, 0))
