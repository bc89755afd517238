"""What a service with a feed is made of: the work on what arrives, and other intakes beside the feed."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from shared.commit.chunks import Effect
from shared.commit.positions import Append
from shared.feed.batch import Batch
from shared.service.dead_letters import Rejected
from shared.wire.columns import Rejects


class Work(Protocol):
    """What a service does with what arrives."""

    @property
    def append(self) -> Append:
        """What the commits of its batches write."""

    @property
    def rejected(self) -> Rejected:
        """Where what it refuses is set aside."""

    def start(self) -> None:
        """Redis is there."""

    def apply(self, batch: Batch) -> tuple[Sequence[Effect], Rejects]:
        """Do everything about a batch but its commit; what is to be committed, in order of the frames."""

    def committed(self, effects: Sequence[Any]) -> None:
        """These effects of a batch are in Redis."""

    def tick(self) -> None:
        """A second has passed."""

    def look_for_losses(self) -> None:
        """Redis may have less than was written to it: see, and mend what can be mended."""

    def totals(self) -> dict[str, int]:
        """Ever growing counts for the status, `<name>_total`."""

    def gauges(self) -> dict[str, str]:
        """What is so now, for the status."""


class Intake(Protocol):
    """Something besides the feed that work comes from."""

    def start(self, wake: Callable[[], None]) -> None:
        """Redis is there; `wake` ends the service's waiting, from any thread."""

    def turn(self) -> None:
        """Do what there is to do now."""

    def look_for_losses(self) -> None:
        """Redis may have less than was written to it: see, and go on from what it has."""

    def tick(self) -> None:
        """A second has passed."""
