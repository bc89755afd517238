"""The file of FIX sessions: what it says, and all that is wrong with it at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.base.address import Address
from shared.market.limits.file.node import Node, Reading
from shared.wire.fix.counterparty.daily_reset import DailyReset
from shared.wire.fix.counterparty.read_session import _KEYS, read_session
from shared.wire.fix.counterparty.session_file import LARGEST_FILE, WrongSessions, read_sessions
from shared.wire.fix.counterparty.settings import Carries, SessionSettings, Tls
from shared.wire.fix.dialect import ACTIONS, CONDITIONS, STATUSES, Action

ORDERS: tuple[Carries, ...] = ("requests", "reports")
QUOTES: tuple[Carries, ...] = ("quotes",)
ALL = (*ORDERS, *QUOTES)
DESK = """
[[session]]
name = "desk-a"
role = "acceptor"
begin = "FIX.4.4"
ours = "SPREAD"
theirs = "DESK"
carries = "requests"
"""


def read(
    text: str, carries: tuple[Carries, ...] = ALL, environment: dict[str, str] | None = None
) -> tuple[SessionSettings, ...]:
    """The sessions of a file."""
    return read_sessions(text.encode(), carries, environment or {})


def mistakes(text: str, carries: tuple[Carries, ...] = ALL) -> list[str]:
    """What is wrong with a file."""
    with pytest.raises(WrongSessions) as error:
        read(text, carries)
    assert str(error.value) == "\n".join(map(str, error.value.mistakes))
    return [str(each) for each in error.value.mistakes]


def test_the_least() -> None:
    """Six lines name a counterparty; the rest is as usual."""
    assert read(DESK) == (
        SessionSettings(
            name="desk-a",
            role="acceptor",
            begin=b"FIX.4.4",
            ours=b"SPREAD",
            theirs=b"DESK",
            carries="requests",
        ),
    )


def test_everything_about_orders() -> None:
    """Each setting of an initiator of orders, with a password from the environment that nothing shows."""
    text = """
    [[session]]
    name = "broker.1"
    role = "initiator"
    connect = "fix.example.com:9880"
    begin = "FIXT.1.1"
    appl = "FIX.5.0SP2"
    ours = "SPREAD"
    theirs = "BROKER"
    carries = "reports"
    heartbeat_s = 10
    reset = "17:00 America/New_York"
    resends = false
    symbol = "55+65"
    map = "symbols.csv"
    late_ms = 5000
    answer = true
    logon = { 553 = "user", 554 = "env:DESK_PASSWORD", 1409 = 0 }
    fields = { 50 = "SUB", 57 = "DROP" }
    tls = { certificate = "c.pem", key = "k.pem", authority = "ca.pem" }
    """
    (session,) = read(text, ORDERS, {"DESK_PASSWORD": "s3cret"})

    assert session == SessionSettings(
        name="broker.1",
        role="initiator",
        connect=Address("fix.example.com", 9880),
        begin=b"FIXT.1.1",
        default_appl=b"9",
        ours=b"SPREAD",
        theirs=b"BROKER",
        carries="reports",
        heartbeat_s=10,
        reset=DailyReset(17, 0, "America/New_York"),
        resends=False,
        symbol="55+65",
        symbol_map="symbols.csv",
        late_ms=5000,
        answer=True,
        logon=((b"553", b"user"), (b"554", b"s3cret"), (b"1409", b"0")),
        fields=((b"50", b"SUB"), (b"57", b"DROP")),
        tls=Tls("c.pem", "k.pem", "ca.pem"),
    )
    assert "s3cret" not in repr(session)


def test_what_values_mean_to_a_venue() -> None:
    """Its tables change the usual ones; `ignore` takes a value out of them."""
    text = (
        DESK.replace("requests", "quotes")
        + """
    actions = { 3 = "delete_thru", 1 = "ignore", 5 = "change" }
    statuses = { 101 = "paused", 2 = "auction" }
    conditions = { A = "trading", B = "ignore" }
    """
    )
    (session,) = read(text, QUOTES)
    assert session.actions == {
        b"0": Action.INSERT,
        b"2": Action.DELETE,
        b"3": Action.DELETE_THROUGH,
        b"5": Action.SET,
    }
    assert session.statuses == {**STATUSES, b"101": 2, b"2": 3}
    assert session.conditions == {b"A": 0, b"I": 5}
    (usual,) = read(DESK.replace("requests", "quotes"), QUOTES)
    assert (usual.actions, usual.statuses, usual.conditions) == (ACTIONS, STATUSES, CONDITIONS)


def test_quotes() -> None:
    """A session of market data subscribes, and nothing is ever asked for again."""
    text = DESK.replace("acceptor", "initiator").replace("requests", "quotes")
    text += 'connect = "[::1]:7"\nreset = "logon"\nsubscribe = ["EUR/USD", "SPY"]\nbooks = "level"\n'
    (session,) = read(text, QUOTES)

    assert session.connect == Address("::1", 7)
    assert session.subscribe == ("EUR/USD", "SPY")
    assert (session.books, session.reset, session.resends) == ("level", "logon", False)


@pytest.mark.parametrize(
    ("line", "mistake"),
    [
        ('zzz = "red"', "zzz: unknown key; known are name, role, connect"),
        ('rest = "never"', 'rest: unknown key; is "reset" meant?'),
        ("heartbeat_s = 0", "heartbeat_s: a whole number from 1 to 3600 is expected, not 0"),
        ("heartbeat_s = true", "heartbeat_s: a whole number from 1 to 3600 is expected, not true"),
        ("late_ms = 0", "late_ms: a whole number from 1 to 86400000 is expected, not 0"),
        ('resends = "yes"', "resends: true or false is expected"),
        ("answer = 1", "answer: true or false is expected"),
        ('reset = "5 pm"', 'reset: "never", "logon" or "17:00 America/New_York" is expected, not "5 pm"'),
        ('reset = "24:00 UTC"', 'reset: "never", "logon" or "17:00 America/New_York" is expected'),
        ('reset = "17:00 Mars"', 'reset: "Mars" is no time zone that this machine knows'),
        ('reset = "17:00 ../etc"', 'reset: "../etc" is no time zone that this machine knows'),
        ("reset = 17", "reset: a text is expected, not 17"),
        ('symbol = "54"', 'symbol: "55" or "48" or "55+65" is expected, not "54"'),
        ('map = ""', "map: it is empty; leave it out"),
        ("map = 3", "map: a text is expected, not 3"),
        ('connect = "host:1"', "connect: an acceptor does not dial; it listens at --fix-listen"),
        ('appl = "FIX.5.0SP2"', "appl: only for FIXT.1.1"),
        ('books = "id"', 'books: not for a session that carries "requests"'),
        ('subscribe = ["A"]', 'subscribe: not for a session that carries "requests"'),
        ('logon = "s3cret"', 'logon: a table of fields is expected, such as { 553 = "user" }'),
        ('logon = { user = "x" }', "logon.user: the number of a FIX field is expected, such as 553"),
        ('logon = { 554 = "env:NOBODY" }', "logon.554: the environment has no variable NOBODY"),
        ('logon = { 554 = "" }', "logon.554: a text of 1 to 256 printable Latin-1 characters is expected"),
        ('logon = { 554 = "a\\u0001b" }', "logon.554: a text of 1 to 256 printable Latin-1 characters"),
        ("logon = { 554 = true }", "logon.554: a text of 1 to 256 printable Latin-1 characters"),
        ('logon = { 96 = "x" }', "logon.96: data fields cannot be given"),
        ('fields = { 34 = "7" }', "fields.34: the session sets this field itself"),
        ('fields = { 789 = "7" }', "fields.789: the session sets this field itself"),
        ('tls = "yes"', 'tls: a table is expected, not "yes"'),
        ("tls = { }", "tls: an acceptor needs certificate and key"),
        ('tls = { certificate = "c" }', "tls: certificate and key belong together"),
        ('tls = { cert = "c" }', "tls.cert: unknown key; known are certificate, key, authority"),
    ],
)
def test_one_mistake(line: str, mistake: str) -> None:
    """Each is named with its place, and a password is never shown."""
    found = mistakes(DESK + line + "\n")

    assert found[0].startswith(f"session[1].{mistake}")


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ('name = "desk-a"\n', "", "name: missing"),
        ('"desk-a"', '"desk a"', 'name: "desk a" is no name: 1 to 64 of A-Z a-z 0-9 . _ -'),
        ('"acceptor"', '"server"', 'role: "acceptor" or "initiator" is expected, not "server"'),
        ('"acceptor"', '"initiator"', 'connect: missing: an initiator needs "host:port"'),
        ('"FIX.4.4"', '"FIX.4.3"', 'begin: "FIX.4.2" or "FIX.4.4" or "FIXT.1.1" is expected, not "FIX.4.3"'),
        ('"FIX.4.4"', '"FIXT.1.1"', 'appl: missing: FIXT.1.1 needs appl = "FIX.5.0SP2"'),
        ('"SPREAD"', '"SP READ"', "ours: a CompID is expected: 1 to 64 printable ASCII characters"),
        ('"DESK"', '""', "theirs: a CompID is expected: 1 to 64 printable ASCII characters"),
        ('"DESK"', "7", "theirs: a text is expected, not 7"),
        ('"requests"', '"quotes"', 'carries: "requests" or "reports" is expected, not "quotes"'),
    ],
)
def test_one_mistake_in_what_is_needed(old: str, new: str, mistake: str) -> None:
    """The six settings that each session has, and what they make necessary."""
    assert mistakes(DESK.replace(old, new), ORDERS)[0].startswith(f"session[1].{mistake}")


@pytest.mark.parametrize(
    ("lines", "mistake"),
    [
        ('role = "acceptor"\nsubscribe = ["A"]', "subscribe: only an initiator subscribes"),
        ('role = "acceptor"\nsubscribe = []', "subscribe: only an initiator subscribes"),
        ('role = "initiator"\nconnect = "x"', "connect: 'x' is not HOST:PORT with a port from 0 to 65535"),
        ('role = "initiator"\nconnect = "x:0"', "connect: port 0 cannot be dialled"),
        ('role = "initiator"\nconnect = "x:1"\nsubscribe = [" "]', ""),
        (
            'role = "initiator"\nconnect = "x:1"\nsubscribe = ["\\u00e9"]',
            "subscribe[1]: a symbol is expected",
        ),
        ('role = "initiator"\nconnect = "x:1"\nsubscribe = "A"', "subscribe: a list of symbols is expected"),
        ('role = "acceptor"\nresends = true', 'resends: not for a session that carries "quotes"'),
        ('role = "acceptor"\nrequest = { 264 = "0" }', "request: only an initiator subscribes"),
        (
            'role = "initiator"\nconnect = "x:1"\nrequest = { 264 = "0" }',
            "request: without subscribe nothing is requested",
        ),
        ('role = "acceptor"\nactions = "all"', "actions: a table is expected"),
        ('role = "acceptor"\nactions = { 3 = "kill" }', 'actions.3: "new" or "change" or "delete"'),
        ('role = "acceptor"\nstatuses = { 3 = "wiped_out" }', 'statuses.3: "trading" or "halted"'),
        ('role = "acceptor"\nstatuses = { 3 = 1 }', 'statuses.3: "trading" or "halted"'),
        ('role = "acceptor"\nconditions = { "A B" = "closed" }', "conditions"),
        ('role = "acceptor"\nlate_ms = 5', 'late_ms: not for a session that carries "quotes"'),
    ],
)
def test_one_mistake_about_quotes(lines: str, mistake: str) -> None:
    """What only initiators say, what only orders need, and addresses."""
    text = DESK.replace('role = "acceptor"\n', "").replace("requests", "quotes") + lines
    if mistake:
        assert mistakes(text, QUOTES)[0].startswith(f"session[1].{mistake}")
    else:
        assert read(text, QUOTES)[0].subscribe == (" ",)


def test_all_mistakes_at_once() -> None:
    """Of all sessions, with those that cannot be told apart."""
    text = DESK + DESK.replace("SPREAD", "OTHER") + DESK.replace("desk-a", "desk-b") + "late_ms = -1\n"

    assert mistakes(text) == [
        "session[3].late_ms: a whole number from 1 to 86400000 is expected, not -1",
        'session[2].name: "desk-a" is the name of session[1] too',
        "session[3].theirs: begin, ours and theirs are those of session[1] too",
    ]


@pytest.mark.parametrize(
    ("content", "mistake"),
    [
        (b"", "session: missing"),
        (b"session = 3", "session: a list of tables [[session]] is expected, not 3"),
        (b"session = [3]", "session[1]: a table is expected, not 3"),
        (b"[[session]", "the file is not TOML: "),
        (b"\xff", "the file is not UTF-8: byte 0"),
        (b"x = " + b"[" * 100_000, "the file is nested too deeply"),
        (b"#" * (LARGEST_FILE + 1), f"the file has {LARGEST_FILE + 1} bytes; {LARGEST_FILE} is the most"),
    ],
)
def test_no_file_of_sessions(content: bytes, mistake: str) -> None:
    """What is no TOML, too long, or about something else."""
    with pytest.raises(WrongSessions) as error:
        read_sessions(content, ALL, {})
    assert str(error.value).startswith(mistake)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([*_KEYS, "other"])


@settings(max_examples=50)
@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=8), min_size=1, max_size=3))
def test_any_values(tables: list[dict[str, object]]) -> None:
    """Each file is read, or its mistakes are named: no other error."""
    reading = Reading(is_canonical=False)
    root = Node({"session": tables}, "", None, reading)
    for node in root.key("session").entries("sessions"):
        read_session(node, ALL, {})
    assert all(str(each).startswith("session[") for each in reading.mistakes)
