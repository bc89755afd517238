"""The sender against a feed that drops, refuses, forgets and lies."""

import random
import socket
import time
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from market_spread.framing import HEADER
from market_spread.hello import ErrorCode
from market_spread.quote import Quote
from market_spread.sending.connection import FeedConnection
from market_spread.sending.pace import Pace
from market_spread.sending.sender import Sender, SenderError
from market_spread.sending.waker import Waker
from services.cli.made_market.live_frames import LiveFrames
from services.cli.made_market.market import Frames
from services.cli.sending.frame_file import FrameFile
from services.cli.sending.side_by_side import run_together
from shared.base.address import Address
from tests.support.processes import wait_until
from tests.support.scripted_feed import Peer, ScriptedFeed, free_address

TIME = b"20260105-14:30:00.000"


class ListedFrames:
    """Frames in memory, to be sent from anywhere: quotes whose bid is their number."""

    def __init__(self, count: int) -> None:
        self.frames = [Quote(b"ABCDE"[: 1 + n % 5], TIME, float(n), n + 1.0).encode() for n in range(count)]
        self.end = count
        self.position = 0

    def seek(self, frame: int) -> None:
        """Go on from there."""
        if frame > self.end:
            raise LookupError(f"there are only {self.end} frames to send")
        self.position = frame

    def take(self, most: int) -> memoryview:
        """A few at a time, so that much can happen between them."""
        some = self.frames[self.position : self.position + min(most, 7)]
        self.position += len(some)
        return memoryview(b"".join(some))

    def forget(self, count: int) -> None:
        """Nothing: all are kept."""

    @property
    def payloads(self) -> list[bytes]:
        """What the feed should see."""
        return [frame[HEADER.size :] for frame in self.frames]


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect at once: how long the waits are is tested elsewhere."""
    monkeypatch.setattr("market_spread.sending.patience._FIRST_WAIT_S", 0.001)
    monkeypatch.setattr("market_spread.sending.patience._LONGEST_WAIT_S", 0.002)


def resumable(feed: ScriptedFeed, frames: ListedFrames, *, is_patient: bool = False) -> Sender:
    return Sender(feed.address, frames, source="a-source", pace=Pace(0), is_patient=is_patient)


def plain(feed: ScriptedFeed, frames: ListedFrames, *, is_patient: bool = False) -> Sender:
    return Sender(feed.address, frames, source=None, pace=Pace(0), is_patient=is_patient)


def test_says_hello_and_ends_when_all_is_acknowledged() -> None:
    """Every frame arrives once and in order under the source's name, and the run ends with the last ACK."""
    frames = ListedFrames(100)
    arrived: list[bytes] = []
    acknowledged = Event()

    def script(peer: Peer) -> None:
        assert peer.hello() == "a-source"
        peer.ack(0)
        arrived.extend(peer.payloads(100))
        peer.ack(60)
        acknowledged.set()
        peer.ack(100)
        assert peer.payload() is None

    with ScriptedFeed(script) as feed:
        sender = resumable(feed, frames)
        sender.run(Event())
        assert acknowledged.is_set()
    assert arrived == frames.payloads
    assert sender.done == 100


def test_sends_nothing_before_the_feed_has_said_where_it_stands() -> None:
    """No frame follows HELLO until the ACK is there: its count decides which frame is the first."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.sock.settimeout(0.1)
        with pytest.raises(TimeoutError):
            peer.sock.recv(1)
        peer.sock.settimeout(None)
        peer.ack(3)
        assert peer.payload() == frames.payloads[3]
        peer.ack(4)

    frames = ListedFrames(4)
    with ScriptedFeed(script) as feed:
        resumable(feed, frames).run(Event())


@pytest.mark.parametrize("seed", range(8))
def test_every_frame_takes_effect_once_whenever_connections_are_lost(seed: int) -> None:
    """Dropped or reset at random points, some effects unacknowledged: no frame is lost, none comes twice."""
    chance = random.Random(seed)
    frames = ListedFrames(300)
    effects: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(len(effects))
        for payload in peer.payloads(min(chance.randrange(1, 80), 300 - len(effects))):
            effects.append(payload)
            if chance.random() < 0.3:
                peer.ack(len(effects))
        if len(effects) == 300:
            peer.ack(300)
            peer.drain()
        elif chance.random() < 0.5:
            peer.reset()

    with ScriptedFeed(*[script] * 100) as feed:
        resumable(feed, frames).run(Event())
        assert feed.connections > 2
    assert effects == frames.payloads


def test_an_error_stops_it() -> None:
    """After ERROR the sender fails with the feed's reason and does not come back."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.error(ErrorCode.FENCED, "a newer connection has taken over")

    with ScriptedFeed(script, lambda _: None) as feed:
        with pytest.raises(SenderError, match="fenced: a newer connection has taken over"):
            resumable(feed, ListedFrames(10)).run(Event())
        assert feed.connections == 1


def test_an_error_is_read_even_if_the_connection_breaks_behind_it() -> None:
    """A sender in full flow that is reset right after ERROR still says why it was sent away."""
    frames = LiveFrames(lambda count: [np.zeros(count, [("frame", "S46")])])

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payload()
        peer.error(ErrorCode.FRAMING_LOST, "byte 0 announces a payload of 0 bytes")
        peer.sock.recv(1, socket.MSG_PEEK)  # closing with unread bytes resets the connection

    with ScriptedFeed(script) as feed:
        sender = Sender(feed.address, frames, source="a-source", pace=Pace(0))
        with pytest.raises(SenderError, match="framing_lost: byte 0"):
            sender.run(Event())


def test_gives_up_after_ten_connections_without_progress() -> None:
    """Ten connections that acknowledge nothing more are enough; the error says so."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payload()

    with ScriptedFeed(*[script] * 11) as feed:
        with pytest.raises(SenderError, match="gave up after 10 connections without progress"):
            resumable(feed, ListedFrames(10)).run(Event())
        assert feed.connections == 10


def test_progress_renews_its_patience() -> None:
    """Thirty lost connections are no reason to give up when each has acknowledged a frame."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(feed.connections - 1)
        peer.payload()
        peer.ack(feed.connections)
        if feed.connections == 30:
            peer.drain()

    with ScriptedFeed(*[script] * 30) as feed:
        sender = resumable(feed, ListedFrames(30))
        sender.run(Event())
    assert sender.done == 30


def test_goes_back_when_redis_lost_data() -> None:
    """A lower count than acknowledged before is where a sender goes on that still has the frames."""
    frames = ListedFrames(20)

    def before(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(15)
        peer.ack(15)

    def after(peer: Peer) -> None:
        peer.hello()
        peer.ack(4)
        assert peer.payloads(16) == frames.payloads[4:]
        peer.ack(20)
        peer.drain()

    with ScriptedFeed(before, after) as feed:
        resumable(feed, frames).run(Event())


def test_a_lower_ack_on_the_same_connection_is_asked_about_anew() -> None:
    """The sender does not guess: it reconnects, and the answer to HELLO decides where it goes on."""
    frames = ListedFrames(10)

    def confused(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(10)
        peer.ack(8)
        peer.ack(3)
        peer.drain()

    def settled(peer: Peer) -> None:
        peer.hello()
        peer.ack(5)
        assert peer.payloads(5) == frames.payloads[5:]
        peer.ack(10)
        peer.drain()

    with ScriptedFeed(confused, settled) as feed:
        resumable(feed, frames).run(Event())


@pytest.mark.parametrize("count", [11, 2**63])
def test_never_goes_on_beyond_what_it_has(count: int) -> None:
    """A count above the number of frames (another file under the same name) is an error, not the end."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(count)
        assert peer.payload() is None

    with ScriptedFeed(script) as feed, pytest.raises(SenderError, match="there are only 10 frames"):
        resumable(feed, ListedFrames(10)).run(Event())


def test_refuses_an_ack_of_frames_that_were_not_sent() -> None:
    """An ACK beyond what this connection has carried is an error."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payload()
        peer.ack(10_000)
        peer.drain()

    with ScriptedFeed(script) as feed, pytest.raises(SenderError, match="acknowledges 10000 frames"):
        resumable(feed, ListedFrames(1000)).run(Event())


def test_stops_when_the_frame_to_go_on_from_is_gone() -> None:
    """A live sender has dropped what was acknowledged; asked for it again it fails and sends nothing."""

    def before(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(100)
        peer.ack(90)

    def after(peer: Peer) -> None:
        peer.hello()
        peer.ack(10)
        assert peer.payload() is None

    made = LiveFrames(lambda count: [_numbered(1)] * min(count, 10))
    with ScriptedFeed(before, after) as feed:
        sender = Sender(feed.address, made, source="a-source", pace=Pace(0))
        with pytest.raises(SenderError, match=r"cannot go on from frame 10: only frames \d+ to"):
            sender.run(Event())


def test_a_feed_that_never_acknowledges_holds_a_live_sender_up() -> None:
    """What waits for an ACK is bounded: with the window full nothing more is made."""
    window = 1 << 20
    made = received = 0  # bytes
    abort = Event()

    def make(count: int) -> list[Frames]:
        nonlocal made
        made += 46 * count
        return [_numbered(count)]

    def script(peer: Peer) -> None:
        nonlocal received
        peer.hello()
        peer.ack(0)
        while received < max(window, made):
            received += len(peer.sock.recv(1 << 20))
        peer.sock.settimeout(0.2)
        with pytest.raises(TimeoutError):
            peer.sock.recv(1)
        abort.set()

    with ScriptedFeed(script) as feed:
        frames = LiveFrames(make, window_bytes=window)
        Sender(feed.address, frames, source="a-source", pace=Pace(0)).run(abort)
    assert window <= received == made < 2 * window


def test_what_is_no_answer_of_a_feed_is_an_error() -> None:
    """Something else listening there is named as that, and not tried again."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.sock.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        peer.drain()

    with ScriptedFeed(script) as feed, pytest.raises(SenderError, match="does not answer as a feed"):
        resumable(feed, ListedFrames(1)).run(Event())


def test_a_plain_sender_waits_for_the_close() -> None:
    """It closes its side after the last frame, and is done only when the feed has closed the other."""
    frames = ListedFrames(50)
    arrived: list[bytes] = []
    has_taken_effect = Event()

    def script(peer: Peer) -> None:
        arrived.extend(peer.payloads(1000))
        time.sleep(0.3)  # a sender that does not wait is done long before
        has_taken_effect.set()

    with ScriptedFeed(script) as feed:
        plain(feed, frames).run(Event())
        assert has_taken_effect.is_set()
    assert arrived == frames.payloads


def test_a_plain_sender_fails_when_its_connection_is_lost() -> None:
    """Nobody knows then what has taken effect: an error, and no second connection."""

    def script(peer: Peer) -> None:
        peer.payloads(3)
        peer.reset()

    with ScriptedFeed(script, lambda _: None) as feed:
        with pytest.raises(SenderError, match="which of them have taken effect is not known"):
            plain(feed, ListedFrames(100_000)).run(Event())
        assert feed.connections == 1


def test_a_reset_is_no_success_for_a_plain_sender() -> None:
    """Everything was sent, but the feed broke the connection off instead of closing it."""

    def script(peer: Peer) -> None:
        peer.drain()
        peer.reset()

    with ScriptedFeed(script) as feed, pytest.raises(SenderError, match="Connection reset by peer after 50"):
        plain(feed, ListedFrames(50)).run(Event())


def test_a_plain_sender_closes_its_side_behind_the_last_byte(tmp_path: Path) -> None:
    """However slowly the feed reads: far more bytes than fit into the buffers all arrive."""
    path = tmp_path / "long.msg"
    path.write_bytes((HEADER.pack(4096) + bytes(4096)) * 5000)
    arrived = 0

    def script(peer: Peer) -> None:
        nonlocal arrived
        arrived = peer.drain()

    with ScriptedFeed(script) as feed:
        Sender(feed.address, FrameFile(path), source=None, pace=Pace(0)).run(Event())
    assert arrived == path.stat().st_size


def test_a_close_before_the_end_is_no_success_for_a_plain_sender() -> None:
    """A feed that closes while frames are still to come has not taken everything."""
    feed = ScriptedFeed(lambda peer: peer.sock.shutdown(socket.SHUT_WR))
    with feed, pytest.raises(SenderError, match="not known without HELLO"):
        plain(feed, ListedFrames(100_000)).run(Event())


def test_a_patient_plain_sender_goes_on_after_a_loss() -> None:
    """A simulation without HELLO reconnects and goes on at a frame's start, though some are lost."""
    frames = LiveFrames(lambda count: [_numbered(min(count, 5))], window_bytes=100)

    def first(peer: Peer) -> None:
        peer.payloads(10)
        peer.reset()

    def second(peer: Peer) -> None:
        assert all(payload[:1] == b"\x02" for payload in peer.payloads(20))
        frames.close()
        peer.drain()

    with ScriptedFeed(first, second) as feed:
        Sender(feed.address, frames, source=None, pace=Pace(0), is_patient=True).run(Event())
        assert feed.connections == 2


def test_a_feed_that_is_not_there_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens: ten attempts with waits between them, then an error with the reason."""
    monkeypatch.setattr("market_spread.sending.patience._FIRST_WAIT_S", 0.02)
    monkeypatch.setattr("market_spread.sending.patience._LONGEST_WAIT_S", 0.02)
    started = time.monotonic()
    sender = Sender(free_address(), ListedFrames(1), source="a-source", pace=Pace(0))
    with pytest.raises(SenderError, match=r"gave up after 10 .*: Connection refused"):
        sender.run(Event())
    assert time.monotonic() - started > 9 * 0.02


def test_a_patient_sender_waits_for_a_feed_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A simulation outlasts many more than ten refused connections, and sends when the feed comes."""
    attempts = 0

    def link(address: Address, waker: Waker | None) -> FeedConnection:
        nonlocal attempts
        attempts += 1
        return FeedConnection(address, waker)

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(5)
        peer.ack(5)
        peer.drain()

    monkeypatch.setattr("market_spread.sending.sender.FeedConnection", link)
    address = free_address()
    sender = Sender(address, ListedFrames(5), source="a-source", pace=Pace(0), is_patient=True)
    runner = Thread(target=sender.run, args=(Event(),), daemon=True)
    runner.start()
    wait_until(lambda: attempts > 20, "20 attempts")
    with ScriptedFeed(script, address=address):
        runner.join(10)
    assert sender.done == 5


@pytest.mark.parametrize("is_answered", [True, False])
def test_an_abort_ends_it_soon(is_answered: bool) -> None:  # noqa: FBT001
    """A sender that waits for a feed which says nothing more can be stopped."""
    abort = Event()

    def script(peer: Peer) -> None:
        peer.hello()
        if is_answered:
            peer.ack(0)
        abort.set()
        peer.drain()

    with ScriptedFeed(script) as feed:
        sender = resumable(feed, ListedFrames(10))
        sender.run(abort)
    assert sender.done == 0


def test_the_rate_is_held() -> None:
    """400 frames at 1,000 a second take 0.4 s."""

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(400)
        peer.ack(400)
        peer.drain()

    with ScriptedFeed(script) as feed:
        sender = Sender(feed.address, ListedFrames(400), source="a-source", pace=Pace(1000))
        started = time.monotonic()
        sender.run(Event())
        assert 0.38 < time.monotonic() - started < 4


def test_the_rate_starts_afresh_on_each_connection() -> None:
    """What could not go while the feed was away is not made up for in a burst."""
    restarts: list[int] = []

    class WatchedPace(Pace):
        """Notes how many frames had been acknowledged at each restart."""

        def restart(self) -> None:
            """See `Pace`."""
            super().restart()
            restarts.append(sender.done if sender is not None else -1)

    def first(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        peer.payloads(7)
        peer.ack(7)

    def second(peer: Peer) -> None:
        peer.hello()
        peer.ack(7)
        peer.payloads(3)
        peer.ack(10)
        peer.drain()

    sender: Sender | None = None
    with ScriptedFeed(first, second) as feed:
        sender = Sender(feed.address, ListedFrames(10), source="a-source", pace=WatchedPace(0))
        sender.run(Event())
    assert restarts == [-1, 0, 7]


def test_one_failing_sender_stops_the_others() -> None:
    """Senders that run together end together when one of them cannot go on."""
    both_there = Event()

    def refuse(peer: Peer) -> None:
        peer.hello()
        assert both_there.wait(10)
        peer.error(ErrorCode.REFUSED, "no more connections")

    def take_in(peer: Peer) -> None:
        peer.hello()
        both_there.set()
        peer.ack(0)
        peer.drain()

    endless = LiveFrames(lambda count: [_numbered(count)])
    with ScriptedFeed(refuse) as refusing, ScriptedFeed(take_in) as taking:
        senders = [
            Sender(taking.address, endless, source="a-source", pace=Pace(100)),
            resumable(refusing, ListedFrames(1)),
        ]
        with pytest.raises(SenderError, match="refused: no more connections"):
            run_together(senders, lambda: True)


def test_millions_of_frames_a_second(tmp_path: Path) -> None:
    """An unpaced sender is no bottleneck: above a million frames in a second of processor time."""
    path = tmp_path / "quotes.msg"
    path.write_bytes(_numbered(1000).tobytes() * 100)
    frames = FrameFile(path, repeat=20)
    total = frames.end * 46

    def script(peer: Peer) -> None:
        peer.hello()
        peer.ack(0)
        received = 0
        while received < total:
            received += len(peer.sock.recv(1 << 20))
        peer.ack(frames.end)
        peer.drain()

    with ScriptedFeed(script) as feed:
        sender = Sender(feed.address, frames, source="a-source", pace=Pace(0))
        started = time.process_time()
        sender.run(Event())
        elapsed_s = time.process_time() - started
    assert frames.end / elapsed_s > 1e6


def _numbered(count: int) -> Frames:
    frame = Quote(b"ABC", TIME, 10.0, 10.01).encode()
    return np.array([frame] * count, f"V{len(frame)}")
