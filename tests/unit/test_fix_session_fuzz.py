"""Damaged and hostile messages at FIX sessions: no exception, numbers that never go back, bounded memory."""

import os
import random
from collections import Counter

import pytest

from shared.wire.fix.message import Message
from shared.wire.fix.session.events import BeganAgain, Ended, Event, NumbersNeeded, Send, Taken
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.inbound.glance import Glance, Seen
from shared.wire.fix.session.link import Start
from shared.wire.fix.session.session import Session
from shared.wire.fix.timestamp import format_timestamp
from tests.support import fix
from tests.support.fix_mutations import mutated
from tests.support.fix_session import NOW, SECOND, acceptor, shown

KINDS = "0 1 2 3 4 5 A D D D D D 8 j *".split()  # noqa: SIM905 # a list of words
LONGEST = 20_000
SETTINGS = [
    acceptor(heartbeat_s=10),
    acceptor(reset="logon", answer=True),
    acceptor(resends=False),
    acceptor(role="initiator", begin=b"FIXT.1.1", default_appl=b"9"),
]


def administrative(dice: random.Random, session: Session, now_us: int) -> bytes:
    """A message with any of the fields that sessions go by, most of them near what is expected."""
    expected = session.expected.number

    def number() -> str:
        near = expected + dice.choice((0, 0, 0, 0, 1, -1, 5))
        return dice.choice((str(near), str(near), str(near), "0", "-1", "x", "9" * 25, ""))

    header = {"34": str(expected) if dice.random() < 0.7 else number()}
    header |= {"49": "DESK", "52": format_timestamp(now_us).decode(), "56": "SPREAD"}
    if dice.random() < 0.03:
        header[dice.choice(list(header))] = number()
    if dice.random() < 0.02:
        del header[dice.choice(list(header))]
    order = dice.choice((list(header), sorted(header, reverse=True), ["49", "56", "34", "52"]))
    fields = [f"35={dice.choice(KINDS)}", *(f"{tag}={header[tag]}" for tag in order if tag in header)]
    fields += [f"{tag}={number()}" for tag in (16, 45, 369) if dice.random() < 0.5]
    fields += [f"36={dice.choice((number(), str(expected + 3)))}"]
    fields += [f"7={dice.choice((number(), str(session.number - 1)))}"]
    fields += [f"{tag}={dice.choice('YN')}" for tag in (43, 123) if dice.random() < 0.3]
    fields += ["98=0", "108=10", f"112={number()}"]
    fields += [f"122={format_timestamp(now_us).decode()}"] * dice.randrange(2)
    fields += ["141=Y"] * (dice.random() < 0.1) + [f"789={number()}"] * (dice.random() < 0.1)
    return fix.message("|".join(fields), session.settings.begin.decode())


def logon(session: Session, now_us: int) -> bytes:
    """A Logon that is accepted."""
    sent = format_timestamp(now_us).decode()
    number = 1 if session.settings.reset == "logon" else session.expected.number
    return fix.message(
        f"35=A|34={number}|49=DESK|52={sent}|56=SPREAD|98=0|108=10|1137=9", session.settings.begin.decode()
    )


def run(seed: int, count: int) -> Counter[str]:
    """Send so many messages to sessions, one connection after the other; what came of them."""
    dice = random.Random(seed)
    seen = Counter[str]()
    now_us, data = NOW, b""
    strangers = mutated(seed, count)
    starts = [Start(Expected(0, 1), NOW, 1, 1001) for _ in SETTINGS]
    place, session = 0, None
    for stranger in strangers:
        if session is None:
            place = dice.randrange(len(SETTINGS))
            session = Session(SETTINGS[place], starts[place], now_us, LONGEST)
            events = session.start(now_us) if SETTINGS[place].role == "initiator" else []
            data = logon(session, now_us)
            seen["connections"] += 1
        else:
            events = []
            data = stranger if dice.random() < 0.1 else administrative(dice, session, now_us)
            if dice.random() < 0.02:
                data = data[: dice.randrange(len(data))]
        before = session.expected
        events += session.receive(data, now_us)
        now_us += dice.choice((0, 0, 0, SECOND, 13 * SECOND, 25 * SECOND))
        events += session.tick(now_us, is_held=dice.random() < 0.1)
        if dice.random() < 0.9:
            events += session.committed(session.expected, now_us)
        if dice.random() < 0.01:
            events += session.log_out("enough", now_us)
        start, is_over = judge(events, before, session, starts[place], seen)
        starts[place] = start
        assert len(session._inbox) <= LONGEST + len(data)
        assert session._waiting._bytes <= LONGEST
        if is_over or dice.random() < 0.001:
            starts[place] = start._replace(expected=session.expected, number=start.reserved)
            session = None
    return seen


def judge(
    events: list[Event], before: Expected, session: Session, start: Start, seen: Counter[str]
) -> tuple[Start, bool]:
    """What holds of events, whatever has arrived; where the session stands then, and whether it is over."""
    is_over = False
    for event in events:
        assert not is_over
        seen[type(event).__name__] += 1
        match event:
            case Send(data):
                shown(data)
                seen[f"35={Message(data).kind.decode()}"] += 1
            case Taken(_, after):
                assert after == before.at(int(event.message.get(b"34")) + 1)
                assert after > before
                before = after
            case BeganAgain(expected, begun_us, reserved):
                assert expected == before.begun_again()
                before = expected
                start = Start(expected, begun_us, 1, reserved)
            case NumbersNeeded(resets, reserved):
                session.reserve(resets, reserved)
                start = start._replace(reserved=reserved)
            case Ended(ending):
                is_over = True
                seen[ending.name] += 1
        after = getattr(event, "after", before)
        assert after >= before
        before = after
    assert session.expected == before
    return start, is_over


@pytest.mark.parametrize(
    ("count", "seed"), [(5_000, 1), pytest.param(50_000, 2, marks=pytest.mark.slow)], ids=["few", "many"]
)
def test_random_and_mutated_messages(count: int, seed: int) -> None:
    """Each is taken in its turn, refused or ignored; sessions end with a reason, and others begin.

    FUZZ_MESSAGES says how many there are in the long run (`make fuzz`: a million).
    """
    if count == 50_000:
        count = int(os.environ.get("FUZZ_MESSAGES", count))
    seen = run(seed, count)

    wanted = "Taken Moved Skipped Rejected PeerRejected Garbled BeganAgain LoggedOn Ended".split()  # noqa: SIM905
    wanted += [f"35={kind}" for kind in "0123A45"]
    wanted += ["LOGGED_OUT", "SILENT", "REFUSED", "TOO_LOW"]
    assert [each for each in wanted if seen[each] < 5] == []
    assert seen["Taken"] > count // 20


def test_a_glance_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is taken at a glance is what would have been taken after reading all of it."""
    glances: list[Seen | None] = []
    look = Glance.at

    def noted(glance: Glance, raw: bytes) -> Seen | None:
        glances.append(look(glance, raw))
        return glances[-1]

    def blind(glance: Glance, raw: bytes) -> None:
        del glance, raw

    monkeypatch.setattr(Glance, "at", noted)
    seen = run(3, 2000)
    monkeypatch.setattr(Glance, "at", blind)

    assert run(3, 2000) == seen
    assert len(glances) > glances.count(None) + 200
