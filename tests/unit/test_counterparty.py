"""Simulated counterparties on a line: what they count as done, how they end, and that they come back."""

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from market_spread.sending.sender import SenderError
from services.cli.counterparties.counterparty import Counterparty
from services.cli.counterparties.message_store import MessageStore
from services.cli.counterparties.party import Desk, Venue
from services.cli.made_market.market import Market
from shared.base.address import Address
from tests.support.processes import TIMEOUT_S, wait_until
from tests.support.scripted_acceptor import ScriptedAcceptor
from tests.support.scripted_feed import Peer, Script, ScriptedFeed

RATE = 2000


class Running:
    """A counterparty in a thread of its own.

    Args:
        counterparty: the one.
    """

    def __init__(self, counterparty: Counterparty) -> None:
        self.counterparty = counterparty
        self.error: SenderError | None = None
        self._abort = Event()
        self._thread = Thread(target=self._run, daemon=True)

    def start(self) -> None:
        """Let it run: what the other side does may need its name."""
        self._thread.start()

    def _run(self) -> None:
        try:
            self.counterparty.run(self._abort)
        except SenderError as error:
            self.error = error

    def wait_for(self, sent: int) -> None:
        """Wait until it has sent so many."""
        wait_until(lambda: self.counterparty.sent >= sent, f"{sent} are sent")

    def join(self, *, by: Callable[[], None] = lambda: None) -> None:
        """Wait until it has ended."""
        by()
        self._thread.join(TIMEOUT_S)
        assert not self._thread.is_alive()

    def abort(self) -> None:
        """End it."""
        self.join(by=self._abort.set)


def venue(address: Address) -> Running:
    """A venue that is to run."""
    return Running(Counterparty(Venue(address, Market(symbols=5).quotes), RATE))


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Callable[[Address], Running]]:
    """Makes a desk, always with the same store."""
    with closing(MessageStore(tmp_path)) as store:
        yield lambda address: Running(Counterparty(Desk(address, Market(symbols=5).orders, store, 1), RATE))


def as_acceptor(theirs: str, script: Callable[[ScriptedAcceptor], None], number: int = 1) -> Script:
    """What to do on a connection."""

    def run(peer: Peer) -> None:
        script(ScriptedAcceptor(peer, theirs, number))

    return run


def test_what_is_done_is_what_the_other_side_says() -> None:
    """A Heartbeat that answers a TestRequest says how much; the answer to the Logout says the rest."""
    seen: list[int] = []

    def script(acceptor: ScriptedAcceptor) -> None:
        assert acceptor.log_on()["141"] == "Y"
        asked = acceptor.hear_until("1")
        messages = acceptor.of("W", "X")
        acceptor.say(f"35=0|369={messages[-2]['34']}|112={asked['112']}")
        wait_until(lambda: running.counterparty.done == len(messages) - 1, "all but one is done")
        running.counterparty.close()
        last = acceptor.hear_until("5")
        seen.append(len(acceptor.of("W", "X")))
        acceptor.say(f"35=5|369={last['34']}")
        assert acceptor.hear() is None

    with ScriptedFeed(as_acceptor("VENUE", script)) as feed:
        running = venue(feed.address)
        running.start()
        running.join()
    assert running.error is None
    assert [running.counterparty.done] == [running.counterparty.sent] == seen


def test_an_answer_to_a_logout_is_enough_where_nobody_says_369() -> None:
    """Then all that was sent before it has taken effect."""

    def script(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        acceptor.hear_until("X")
        running.counterparty.close()
        acceptor.hear_until("5")
        acceptor.say("35=5")

    with ScriptedFeed(as_acceptor("VENUE", script)) as feed:
        running = venue(feed.address)
        running.start()
        running.join()
    assert running.counterparty.done == running.counterparty.sent > 0


def test_a_venue_begins_again(caplog: pytest.LogCaptureFixture) -> None:
    """After a loss both sides begin at 1, and each symbol by a full refresh; what was under way is lost."""
    caplog.set_level(logging.WARNING)

    def first(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        acceptor.hear_until("X")

    def second(acceptor: ScriptedAcceptor) -> None:
        logon = acceptor.log_on()
        assert (logon["34"], logon["141"]) == ("1", "Y")
        kinds: dict[str, str] = {}
        while len(kinds) < 5:
            message = acceptor.hear()
            assert message is not None
            if message["35"] in {"W", "X"}:
                kinds.setdefault(message["55"], message["35"])
        assert set(kinds.values()) == {"W"}
        running.counterparty.close()
        last = acceptor.hear_until("5")
        acceptor.say(f"35=5|369={last['34']}")

    with ScriptedFeed(as_acceptor("VENUE", first), as_acceptor("VENUE", second)) as feed:
        running = venue(feed.address)
        running.start()
        running.join()
    assert 0 < running.counterparty.done < running.counterparty.sent
    assert "the connection was closed; trying again" in caplog.text
    assert "logged on after" in caplog.text


def test_a_desk_goes_on_behind_a_logout(make_desk: Callable[[Address], Running]) -> None:
    """A service that stops logs out; the desk comes back with the next number and sends what is asked for."""
    orders: list[str] = []

    def first(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        orders.extend(acceptor.hear_until("D")["11"] for _ in range(3))
        acceptor.say("35=5|58=this service is stopping")
        acceptor.hear_until("5")

    def second(acceptor: ScriptedAcceptor) -> None:
        logon = acceptor.log_on()
        assert "141" not in logon
        assert int(logon["34"]) > 4
        acceptor.say("35=2|7=1|16=0")
        while len(copies := [each for each in acceptor.of("D", "4") if each.get("43") == "Y"]) < 4:
            acceptor.hear()
        assert [(each["35"], each["34"]) for each in copies] == [("4", "1"), *(("D", n) for n in "234")]
        assert [each["11"] for each in copies[1:]] == orders
        running.counterparty.close()
        last = acceptor.hear_until("5")
        acceptor.say(f"35=5|369={last['34']}")

    with ScriptedFeed(as_acceptor("DESK", first), as_acceptor("DESK", second, 4)) as feed:
        running = make_desk(feed.address)
        running.start()
        running.join()
    assert running.error is None
    assert running.counterparty.done == running.counterparty.sent > 3


def test_a_logout_that_does_not_say_all(make_desk: Callable[[Address], Running]) -> None:
    """Where the answer leaves orders open the desk comes back until nothing is."""

    def first(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        acceptor.hear_until("D")
        running.counterparty.close()
        acceptor.hear_until("5")
        acceptor.say("35=5|369=1")

    def second(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        last = acceptor.hear_until("5")
        acceptor.say(f"35=5|369={last['34']}")

    with ScriptedFeed(as_acceptor("DESK", first), as_acceptor("DESK", second, 3)) as feed:
        running = make_desk(feed.address)
        running.start()
        running.join()
        assert feed.connections == 2
    assert running.counterparty.done == running.counterparty.sent > 0


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("35=5|58=MsgSeqNum too low, expecting 7 but received 1", "the peer says: MsgSeqNum too low"),
        ("35=A|98=0|108=0", "HeartBtInt"),
    ],
)
def test_a_refusal_is_an_error(answer: str, text: str, make_desk: Callable[[Address], Running]) -> None:
    """What people have to put right is not tried again."""

    def script(acceptor: ScriptedAcceptor) -> None:
        acceptor.hear_until("A")
        acceptor.say(answer)
        acceptor.hear()

    with ScriptedFeed(as_acceptor("DESK", script)) as feed:
        running = make_desk(feed.address)
        running.start()
        running.join()
        assert feed.connections == 1
    assert text in str(running.error)


def test_what_the_other_side_refuses_is_said(caplog: pytest.LogCaptureFixture) -> None:
    """By 35=j or 35=3; the session goes on, and it can be ended at any time."""

    def script(acceptor: ScriptedAcceptor) -> None:
        acceptor.log_on()
        acceptor.hear_until("W")
        acceptor.say("35=j|45=2|372=W|380=3|58=Unsupported Message Type")
        acceptor.say("35=3|45=3|58=Required tag missing")
        wait_until(lambda: "Required tag missing" in caplog.text, "both are logged")
        running.abort()

    caplog.set_level(logging.WARNING)
    with ScriptedFeed(as_acceptor("VENUE", script)) as feed:
        running = venue(feed.address)
        running.start()
        running.join()
    assert "answers by 35=j: Unsupported Message Type" in caplog.text
    assert running.counterparty.done == 0
