"""Frames of a made market on their way to a feed."""

from collections.abc import Callable
from threading import Event

from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender
from services.cli.made_market.live_frames import LiveFrames
from services.cli.made_market.market import Frames
from shared.base.address import Address


class FrameFlow:
    """See `services.cli.made_market.simulation.Flow`.

    Args:
        address: of the feed.
        make: makes so many more frames.
        per_second: how many; 0 for as fast as possible.
        source: the name of HELLO; None to send without.
    """

    def __init__(
        self, address: Address, make: Callable[[int], list[Frames]], per_second: float, source: str | None
    ) -> None:
        self._frames = LiveFrames(make)
        self._sender = Sender(address, self._frames, source=source, pace=Pace(per_second), is_patient=True)

    @property
    def sent(self) -> int:
        """See `Flow`."""
        return self._sender.sent

    @property
    def done(self) -> int:
        """See `Flow`."""
        return self._sender.done

    def run(self, abort: Event) -> None:
        """See `Flow`."""
        self._sender.run(abort)

    def close(self) -> None:
        """See `Flow`."""
        self._frames.close()
