"""Senders of orders and quotes for programs: each message takes effect exactly once, whoever crashes."""

from threading import Event, Thread
from types import TracebackType
from typing import Final, Generic, Protocol, Self, TypeVar

from market_spread.address import Address, parse_address
from market_spread.hello import hello
from market_spread.order import Order
from market_spread.quote import Quote
from market_spread.sending.pace import Pace
from market_spread.sending.queued_frames import QueuedFrames
from market_spread.sending.sender import Sender, SenderError
from market_spread.sending.waker import Waker
from market_spread.status import Status

WINDOW: Final = 10_000
"""How many messages may wait for their acknowledgement, unless a program says otherwise."""
HEARTBEAT_S: Final = 1.0
"""How long a sender of quotes is silent, unless a program says otherwise."""


class Message(Protocol):
    """What is sent."""

    def encode(self) -> bytes:
        """The whole frame."""


Kind = TypeVar("Kind", bound=Message)


class MessageSender(Generic[Kind]):
    """Sends messages under the name of a source, and keeps each until it has taken effect.

    A thread of its own sends, connects again as often as the connection is lost, and goes on from the
    message that the feed asks for. Making one waits until the feed has said how many messages of this source
    have taken effect: a program that comes back goes on with the message of that number, `position`.
    Leaving a `with` waits until all has taken effect, or, at an exception, does not.

    Args:
        address: of the feed, such as `127.0.0.1:7010`.
        source: the name to resume under, 1 to 64 of `A-Z a-z 0-9 . _ -`; no two at a time may have it.
        window: how many messages may wait for their acknowledgement.
        is_patient: wait for a feed that cannot be reached as long as it takes, instead of ten attempts.
        heartbeat_s: while there is nothing to send, say so often that the source is there, seconds; None for
            never. Orders need none; quotes tell a quiet market from a dead feed by it.

    Raises:
        ValueError: the address or the name is none, or `heartbeat_s` is not above 0.
        SenderError: the feed refused, or made no progress in ten connections.
    """

    def __init__(
        self,
        address: str | Address,
        *,
        source: str,
        window: int = WINDOW,
        is_patient: bool = False,
        heartbeat_s: float | None = None,
    ) -> None:
        where = parse_address(address) if isinstance(address, str) else address
        hello(source)  # refuses what is no name, before anything is opened
        self._frames, self._waker = QueuedFrames(window), Waker()
        self._sender = Sender(
            where,
            self._frames,
            source=source,
            pace=Pace(0),
            waker=self._waker,
            is_patient=is_patient,
            heartbeat_s=heartbeat_s,
        )
        self._abort = Event()
        self._failure: Exception | None = None
        self._thread = Thread(target=self._run, name=f"sender {source}", daemon=True)
        self._thread.start()
        if not self._frames.wait_for_start():
            self._end()
            raise self._error()

    @property
    def position(self) -> int:
        """The number of the next message: how many of this source there are, with those sent before."""
        return self._frames.made

    @property
    def acknowledged(self) -> int:
        """How many messages of this source have taken effect, as far as this is known."""
        return self._sender.acknowledged

    def send(self, message: Kind) -> None:
        """Send a message soon; waits while too many are without acknowledgement.

        Raises:
            SenderError: the feed refused, made no progress in ten connections, or lost what is not kept.
        """
        while not self.offer(message):
            self.wait_for_room()

    def offer(self, message: Kind) -> bool:
        """Send a message soon if there is room for it; False if there is none.

        Raises:
            SenderError: as `send`.
        """
        if self._abort.is_set() or not self._thread.is_alive():
            raise self._error()
        has_room = self._frames.put(message.encode())
        self._waker.wake()
        return has_room

    def wait_for_room(self) -> None:
        """Wait until there is room for a message.

        Raises:
            SenderError: as `send`.
        """
        if not self._frames.wait_for_room():
            raise self._error()

    def flush(self, timeout_s: float | None = None) -> None:
        """Wait until all that was sent has taken effect.

        Raises:
            SenderError: as `send`.
            TimeoutError: it has not in this time.
        """
        if not self._frames.wait_until_empty(timeout_s):
            raise self._error()

    def close(self) -> None:
        """Wait until all that was sent has taken effect and the feed has said its last word; then end.

        Raises:
            SenderError: as `send`.
        """
        self._frames.close()
        self._waker.wake()
        self._thread.join()
        self._end()
        if self._failure is not None:
            raise self._error()

    def abort(self) -> None:
        """End at once; what is not acknowledged may or may not have taken effect."""
        self._abort.set()
        self._frames.give_up()
        self._waker.wake()
        self._thread.join()
        self._end()

    def _run(self) -> None:
        try:
            self._sender.run(self._abort)
        except Exception as error:  # noqa: BLE001 - raised in the program's own thread
            self._failure = error
        finally:
            self._frames.give_up()

    def _end(self) -> None:
        self._thread.join()
        self._abort.set()
        self._waker.close()

    def _error(self) -> Exception:
        if self._failure is None:
            return SenderError("this sender is closed")
        return SenderError(str(self._failure)).with_traceback(self._failure.__traceback__)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abort()


class OrderSender(MessageSender[Order]):
    """Sends orders to a checker; see `MessageSender`."""


class QuoteSender(MessageSender[Quote | Status]):
    """Sends quotes and statuses to an ingestor, in the order given, and heartbeats; see `MessageSender`."""

    def __init__(
        self,
        address: str | Address,
        *,
        source: str,
        window: int = WINDOW,
        is_patient: bool = False,
        heartbeat_s: float | None = HEARTBEAT_S,
    ) -> None:
        super().__init__(
            address, source=source, window=window, is_patient=is_patient, heartbeat_s=heartbeat_s
        )
