"""What a service does with the messages of a batch."""

from collections.abc import Sequence
from typing import Any, Protocol

from shared.commit.chunks import Effect
from shared.commit.positions import CommitScript
from shared.service.dead_letters import DeadLetters
from shared.service.intake import Batch, Sender
from shared.wire.symbol_table import SymbolTable


class BatchHandler(Protocol):
    """What a service does with what arrives."""

    @property
    def append(self) -> CommitScript:
        """What the commits of its batches write."""

    @property
    def rejected(self) -> DeadLetters:
        """Where what it refuses is set aside."""

    @property
    def symbols(self) -> SymbolTable:
        """Numbers the symbols of the next batch."""

    def start(self) -> None:
        """Redis is there."""

    def heard_of(self, senders: Sequence[Sender]) -> None:
        """These have sent something, if only a heartbeat; called at every turn, before `handle`.

        Some may have been dismissed since.
        """

    def handle(self, messages: Any, batch: Batch) -> Sequence[Effect]:
        """Do everything about a batch but its commit; what is to be committed, in order of the messages.

        Args:
            messages: of the batch, decoded.
            batch: what they came in.
        """

    def catch_up(self) -> None:
        """A stream is about to be taken over: who had it may have written what is not known here.

        Raises:
            RedisUnavailable: no answer; called again.
        """

    def committed(self, effects: Sequence[Any]) -> None:
        """These effects of a batch are in Redis."""

    def every_second(self) -> None:
        """A second has passed."""

    def look_for_losses(self) -> None:
        """Redis may have less than was written to it: see, and mend what can be mended."""

    def totals(self) -> dict[str, int]:
        """Ever growing counts for the status, `<name>_total`."""

    def gauges(self) -> dict[str, str]:
        """What is so now, for the status."""

    def warnings(self) -> list[str]:
        """What an operator has to know though the service is ready."""
