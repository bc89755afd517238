"""Where FIX sessions stand in Redis: position, our numbers, resets, and that only their owner moves them."""

import pytest
from click.testing import CliRunner
from redis import Redis

from services.cli.commands.fix import main
from shared.base.source import Source
from shared.commit.fix_position import FixPositions
from shared.commit.fix_standing import Standing, set_sequence, standings
from shared.commit.positions import Positions
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit
from shared.commit.stream_position import Unusable
from shared.redis.link import RedisLink
from shared.redis.url import open_link
from shared.wire.fix.session.events import BeganAgain
from shared.wire.fix.session.expected import Expected
from shared.wire.fix.session.link import Start

KEY = "position:{alerts}:fix:desk-a"
NOW = 1_767_623_400_000_000


@pytest.fixture
def link(any_url: str) -> RedisLink:
    """To a real server, which is empty."""
    return open_link(any_url, name="test")


@pytest.fixture
def positions(link: RedisLink) -> FixPositions:
    """Of sessions."""
    return FixPositions(link, Positions(link))


def source(owner: str) -> Source:
    """The session, as a connection has it."""
    return Source(KEY, owner, "0/1", name="fix:desk-a")


def test_each_connection_gets_numbers_of_its_own(positions: FixPositions) -> None:
    """A block of 1,000 at a time, also after a crash, and behind those that are known to have been used."""
    one, other = source("one"), source("other")
    assert positions.open(one, Start(), NOW) == Start(Expected(0, 1), 0, 1, 1001)
    assert positions.reserve(one, Expected(0, 7)) == Start(Expected(0, 7), 0, 1001, 2001)
    assert positions.open(other, Start(), NOW) == Start(Expected(0, 1), 0, 2001, 3001)
    known = Start(Expected(0, 1), 0, 9000, 9000)
    assert positions.open(source("third"), known, NOW) == Start(Expected(0, 1), 0, 9000, 10_000)
    of_before = Start(Expected(1, 1), 0, 50_000, 50_000)
    assert positions.open(source("fourth"), of_before, NOW).number == 10_000


def test_a_reset_is_stored_with_its_moment_and_numbers(positions: FixPositions, any_client: Redis) -> None:
    """Run again it does nothing; a commit from before it never fits."""
    desk = source("one")
    positions.open(desk, Start(), NOW)
    before = Source(KEY, "one", desk.position, desk.generation)
    event = BeganAgain(Expected(1, 1), 5_000_000, 1001)
    assert positions.begin_again(desk, event)
    assert desk.position == "1/1"
    desk.position = "0/1"
    assert positions.begin_again(desk, event)
    stored = any_client.hmget(KEY, "position", "begun_at", "outbound")
    assert stored == [b"1/1", b"5000000", b"1001"]
    late = SourceCommit(before, [CommitChunk([], "0/2")])
    positions._positions.commit([late])
    assert late.outcome is Outcome.LOST
    assert any_client.hget(KEY, "position") == b"1/1"
    assert positions.open(source("two"), Start(), NOW) == Start(Expected(1, 1), 5_000_000, 1001, 2001)


def test_only_the_owner_moves_it(positions: FixPositions) -> None:
    """Neither a reset nor numbers for a connection that another one has taken the session from."""
    first, second = source("one"), source("two")
    positions.open(first, Start(), NOW)
    positions.open(second, Start(), NOW)
    assert not positions.begin_again(first, BeganAgain(Expected(1, 1), 1, 1001))
    with pytest.raises(Unusable, match="another connection has taken over"):
        positions.reserve(first, Expected(0, 1))
    assert positions.begin_again(second, BeganAgain(Expected(1, 1), 1, 1001))
    with pytest.raises(Unusable, match="another connection has taken over"):
        positions.reserve(second, Expected(0, 1))


@pytest.mark.parametrize("position", ["17", "0/0", "x/1", ""])
def test_what_is_no_position_is_said(positions: FixPositions, any_client: Redis, position: str) -> None:
    """The session is left alone, with the key named."""
    any_client.hset(KEY, "position", position)
    with pytest.raises(Unusable, match=KEY):
        positions.open(source("one"), Start(), NOW)


def test_a_key_of_another_type_is_said(positions: FixPositions, any_client: Redis) -> None:
    """The same."""
    any_client.set(KEY, "7")
    with pytest.raises(Unusable, match="WRONGTYPE"):
        positions.open(source("one"), Start(), NOW)


def standing_of(link: RedisLink) -> list[Standing]:
    """Where all sessions stand."""
    return list(standings(link, "alerts"))


def test_operators_see_and_set_where_sessions_stand(
    positions: FixPositions, link: RedisLink, any_client: Redis
) -> None:
    """Who is connected is set only on demand, and then fenced; our numbers go back only so."""
    desk = source("one")
    positions.open(desk, Start(), NOW)
    any_client.set("position:{alerts}:fix:odd", "no hash")
    named = Standing("desk-a", Expected(0, 1), 1001, NOW)
    assert standing_of(link) == [named, Standing("odd", None, 1, None)]
    with pytest.raises(Unusable, match="is connected; with --yes"):
        set_sequence(link, "alerts", "desk-a", 7, None, even_if_connected=False)
    with pytest.raises(Unusable, match="no session other was ever up"):
        set_sequence(link, "alerts", "other", 7, None, even_if_connected=True)

    set_sequence(link, "alerts", "desk-a", 7, None, even_if_connected=True)
    assert standing_of(link)[0] == Standing("desk-a", Expected(1, 7), 1001, None)
    cut_off = SourceCommit(desk, [CommitChunk([], "0/2")])
    positions._positions.commit([cut_off])
    assert cut_off.outcome is Outcome.FENCED

    set_sequence(link, "alerts", "desk-a", None, 5, even_if_connected=False)
    again = source("two")
    assert positions.open(again, Start(Expected(1, 7), 0, 900, 900), NOW) == Start(Expected(2, 7), 0, 5, 1005)
    assert standing_of(link)[0].connected_us == NOW
    positions.close(source("somebody"))
    assert standing_of(link)[0].connected_us == NOW
    positions.close(again)
    assert standing_of(link)[0].connected_us is None


def test_sessions_for_quotes_have_names_of_their_own(
    positions: FixPositions, link: RedisLink, any_client: Redis
) -> None:
    """A session for orders may have the same one; each is set by its own."""
    positions.open(source("one"), Start(), NOW)
    any_client.hset("position:{alerts}:market_data_fix:desk-a", "position", "3/9")
    set_sequence(link, "alerts", "quotes:desk-a", 7, None, even_if_connected=False)
    assert standing_of(link) == [
        Standing("desk-a", Expected(0, 1), 1001, NOW),
        Standing("quotes:desk-a", Expected(4, 7), 1, None),
    ]
    for name in ("orders:desk-a", "quotes:quotes:desk-a"):
        with pytest.raises(Unusable, match="is no name of a session"):
            set_sequence(link, "alerts", name, 7, None, even_if_connected=False)


def test_the_command_says_what_it_did(positions: FixPositions, any_url: str) -> None:
    """`fix status`, `fix set-sequence`: a line a session; exit code 1 for what cannot be, 2 without words."""
    assert run("status", "--redis", any_url) == (0, "no FIX session was ever up")
    positions.open(source("one"), Start(), NOW)
    line = "expects 1 next, after 0 resets; our numbers below 1001 may have been used"
    assert run("status", "--redis", any_url) == (
        0,
        f"desk-a: connected since 2026-01-05T14:30:00.000000Z; {line}",
    )
    code, said = run("set-sequence", "desk-a", "--in", "9", "--redis", any_url)
    assert (code, said) == (
        1,
        "Error: the session desk-a is connected; with --yes it is set all the same, and cut off",
    )
    code, said = run("set-sequence", "desk-a", "--in", "9", "--out", "3", "--yes", "--redis", any_url)
    line = "expects 9 next, after 1 resets; our numbers below 3 may have been used"
    assert (code, said) == (0, f"desk-a: not connected; {line}")
    assert run("set-sequence", "desk-a", "--redis", any_url)[0] == 2


def run(*words: str) -> tuple[int, str]:
    """The exit code of `market-spread fix`, and its last line."""
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output.splitlines()[-1]
