"""FIX sessions: each order takes effect once and in order, whatever is cut, killed or garbled."""

import random
import re
from collections import Counter

import pytest

from shared.wire.fix.message import value_of
from shared.wire.fix.session.events import Ended, Ending, Event, Moved, NumbersNeeded, Send, Taken, TakenRun
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from tests.support.fix_desk import Desk
from tests.support.fix_session import NOW, acceptor

ODDS = {"order": 6, "beat": 1, "arrive": 6, "commit": 3, "answer": 4, "garble": 0.2, "cut": 0.4}
_MESSAGE = re.compile(rb"8=FIX.*?\x0110=\d{3}\x01", re.DOTALL)


class Line:
    """A desk, a session, what is on its way between them, and what is stored of the session.

    Args:
        seed: of the accidents.
    """

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.desk = Desk()
        self.start = Start(begun_us=NOW, reserved=1001)
        self.sent: list[str] = []
        self.stored: list[str] = []
        self.pending: list[Event] = []
        self.session: Session | None = None
        self.to_us, self.to_desk = b"", b""
        self.is_ending = False
        self.happened = Counter[str]()

    def connect(self) -> None:
        """A new connection; what was on its way on the last one is lost, and so is what was not committed."""
        if self.pending:
            self.happened["lost in flight"] += 1
        self.pending, self.is_ending = [], False
        self.session = Session(acceptor(), self.start, NOW)
        self.to_us, self.to_desk = self.desk.connect(), b""
        self.happened["connections"] += 1

    def arrive(self, size: int, *, garbles: bool = False) -> None:
        """So many bytes arrive at the session, perhaps one of them not as it was sent."""
        data, self.to_us = self.to_us[:size], self.to_us[size:]
        if garbles and data:
            at = self.dice.randrange(len(data))
            data = data[:at] + b"#" + data[at + 1 :]
            self.happened["garbled"] += 1
        if self.session is not None:
            self.do(self.session.receive(data, NOW))

    def commit(self) -> None:
        """What was taken so far takes effect together with its position."""
        for event in self.pending:
            if isinstance(event, Taken):
                self.stored.append(event.message.get(b"11").decode())
            if isinstance(event, TakenRun):
                messages = range(event.start, event.stop)
                self.stored += [value_of(event.found.raw(each), b"11").decode() for each in messages]
                self.happened["runs"] += 1
            if isinstance(event, Taken | TakenRun | Moved):
                self.start = self.start._replace(expected=event.after)
        self.pending = []
        if self.session is not None:
            self.do(self.session.committed(self.start.expected, NOW))

    def do(self, events: list[Event]) -> None:
        """Send what is to be sent, keep what is to be committed."""
        for event in events:
            match event:
                case Send(data):
                    self.to_desk += data
                case NumbersNeeded(resets, reserved):
                    assert self.session is not None
                    self.start = self.start._replace(reserved=reserved)
                    self.session.reserve(resets, reserved)
                case Ended(ending, text):
                    assert ending in {Ending.REFUSED, Ending.LOGGED_OUT}, text
                    self.happened[ending.value] += 1
                    self.is_ending = True
        self.pending += [event for event in events if isinstance(event, Taken | TakenRun | Moved)]

    def answer(self) -> None:
        """Our messages arrive at the desk."""
        for raw in _MESSAGE.findall(self.to_desk):
            self.to_us += self.desk.hear(raw)
        self.to_desk = b""

    def cut(self) -> None:
        """The connection ends, or our process; our numbers go on behind those reserved."""
        self.start = self.start._replace(number=self.start.reserved, reserved=self.start.reserved + 1000)
        self.session = None

    def step(self) -> None:
        """Something happens."""
        match self.dice.choices(list(ODDS), list(ODDS.values()))[0]:
            case "order":
                self.sent.append(f"o{len(self.sent)}")
                self.to_us += self.desk.send_order(self.sent[-1])
            case "beat":
                self.to_us += self.desk.heartbeat()
            case "arrive":
                self.arrive(self.dice.randrange(600))
            case "garble":
                self.arrive(self.dice.randrange(600), garbles=True)
            case "commit":
                self.commit()
            case "answer":
                self.answer()
            case "cut":
                self.cut()
        self.reconnect()

    def reconnect(self) -> None:
        """Connect again if one of both sides is not there any more."""
        if self.session is None or self.is_ending or self.desk.is_over:
            self.cut()
            self.connect()

    def settle(self) -> None:
        """No more accidents: until nothing is on its way any more."""
        for _ in range(20):
            self.reconnect()
            self.to_us += self.desk.heartbeat()
            self.arrive(len(self.to_us))
            self.commit()
            self.answer()


@pytest.mark.parametrize(("runs", "steps"), [(60, 150), pytest.param(600, 400, marks=pytest.mark.slow)])
def test_each_order_once_and_in_order(runs: int, steps: int) -> None:
    """Cuts, kills and commits at any byte; some bytes garbled; a desk that resends what is asked for."""
    happened = Counter[str]()
    for seed in range(runs):
        line = Line(seed)
        line.connect()
        for _ in range(steps):
            line.step()
        line.settle()
        assert line.stored == line.sent, seed
        assert not any("too low" in text for text in line.desk.said), seed
        happened += line.happened
    assert happened["lost in flight"] > runs
    assert happened["garbled"] > runs / 2
    assert happened["runs"]
