"""What becomes of the chunks of a commit, by what Redis answers."""

from collections.abc import Iterator

import pytest
from redis.exceptions import ResponseError

from shared.base.source import Source
from shared.commit.source_commit import CommitChunk, Outcome, SourceCommit, has_lost

GENERATION = 7


def make(*positions: str, at: str = "0", is_held: bool = False) -> SourceCommit:
    """A commit of chunks that end at these positions, all of them on their way."""
    source = Source("key", "us", at, GENERATION, is_held=is_held)
    pending = SourceCommit(source, [CommitChunk([], position) for position in positions])
    assert [chunk.position for chunk in pending.left()] == list(positions)
    return pending


def left(pending: SourceCommit) -> list[str]:
    """Where the chunks end that are not known to be in Redis."""
    return [chunk.position for chunk in pending.left()]


def test_portions_are_taken_one_by_one() -> None:
    """The source moves with each, and the last one is the outcome."""
    pending = make("5", "9")
    pending.done()
    assert (pending.source.position, pending.outcome, left(pending)) == ("5", None, ["9"])
    pending.done()
    assert (pending.source.position, pending.outcome, left(pending)) == ("9", Outcome.COMMITTED, [])


def test_portions_are_made_when_they_are_asked_for() -> None:
    """And none is made twice, however often those that are left are asked for."""
    made: list[str] = []

    def chunks() -> Iterator[CommitChunk]:
        for position in ("1", "2", "3"):
            made.append(position)
            yield CommitChunk([], position)

    pending = SourceCommit(Source("key", "us"), chunks())
    asked = pending.left()
    assert next(asked).position == "1"
    assert made == ["1"]
    assert left(pending) == ["1", "2", "3"]
    assert left(pending) == ["1", "2", "3"]
    assert made == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("position", "remaining", "outcome"),
    [
        ("0", ["5", "9", "12"], None),  # nothing has happened
        ("5", ["9", "12"], None),
        ("9", ["12"], None),
        ("12", [], Outcome.COMMITTED),
    ],
)
def test_after_a_lost_answer_redis_tells_how_far_it_came(
    position: str, remaining: list[str], outcome: Outcome | None
) -> None:
    """Just the chunks behind the stored position are left."""
    pending = make("5", "9", "12")
    pending.adopt("us", position, GENERATION)
    assert (left(pending), pending.outcome, pending.source.position) == (remaining, outcome, position)


@pytest.mark.parametrize(
    ("owner", "position", "generation", "outcome"),
    [
        ("us", "3", GENERATION, Outcome.LOST),  # between two of ours, or before them
        ("us", "", GENERATION, Outcome.LOST),
        ("", "", 0, Outcome.LOST),
        ("", "5", 0, Outcome.LOST),
        ("other", "9", GENERATION + 1, Outcome.FENCED),
        ("other", "0", GENERATION + 1, Outcome.FENCED),
        ("other", "9", GENERATION, Outcome.FENCED),
        ("other", "9", GENERATION - 1, Outcome.LOST),
        ("other", "0", 0, Outcome.LOST),  # written by a version that knew no generations
    ],
)
def test_an_older_generation_is_a_loss_and_a_newer_one_a_takeover(
    owner: str, position: str, generation: int, outcome: Outcome
) -> None:
    """Whatever the position says; nothing of the commit is taken for done."""
    pending = make("5", "9", at="4")
    pending.adopt(owner, position, generation)
    assert (pending.outcome, left(pending), pending.source.position) == (outcome, ["5", "9"], "4")


@pytest.mark.parametrize(
    ("limits", "expires_ms", "outcome", "known"),
    [(7, None, None, 7), (8, None, Outcome.OUTDATED, 8), (6, None, None, 7), (8, 1000, None, 8)],
)
def test_higher_limits_than_the_owner_knew_of_ask_for_another_verdict(
    limits: int, expires_ms: int | None, outcome: Outcome | None, known: int
) -> None:
    """Nothing of the commit is there then; what nobody can send again goes on as it was judged."""
    pending = make("5", "9")
    pending.source.limits, pending.source.expires_ms = 7, expires_ms
    pending.adopt("us", "0", GENERATION, limits)
    assert (pending.outcome, left(pending), pending.source.limits) == (outcome, ["5", "9"], known)


def test_in_doubt_everything_is_found_again_or_written_again() -> None:
    """The chunks come back in their order, from where the source stood before."""
    pending = make("5", "9", "12")
    pending.done()
    pending.done()
    pending.doubt()
    assert (pending.source.position, left(pending)) == ("0", ["5", "9", "12"])
    for _ in range(3):
        pending.done()
    assert pending.outcome is Outcome.COMMITTED
    pending.doubt()
    assert pending.source.position == "0"
    assert left(pending) == ["5", "9", "12"]


@pytest.mark.parametrize("outcome", [Outcome.FENCED, Outcome.LOST, Outcome.REFUSED])
def test_what_is_decided_is_not_doubted(outcome: Outcome) -> None:
    """A commit that is over stays so."""
    pending = make("5", "9")
    pending.done()
    pending.outcome = outcome
    pending.doubt()
    assert (pending.outcome, pending.source.position) == (outcome, "5")


@pytest.mark.parametrize(("is_held", "outcome"), [(False, Outcome.REFUSED), (True, None)])
def test_a_refusal_is_the_outcome_unless_the_source_is_held(
    *, is_held: bool, outcome: Outcome | None
) -> None:
    """A held source's commit is tried until it is taken."""
    pending = make("5", is_held=is_held)
    pending.refused(ResponseError("no"))
    assert (pending.outcome, pending.error, left(pending)) == (outcome, "no", ["5"])


@pytest.mark.parametrize(
    ("reply", "is_lost"),
    [
        ([b"us", b"5", b"7"], False),
        ([b"us", b"6", b"7"], False),  # a commit whose answer has not been read
        ([b"us", b"4", b"7"], True),
        ([b"us", None, b"7"], True),
        ([None, None, None], True),
        ([b"other", b"9", b"8"], False),  # the next commit is fenced
        ([b"other", b"9", b"7"], False),
        ([b"other", b"3", b"6"], True),
        ([b"other", b"3", None], True),
        ([b"other", b"3", b"what"], True),
        (ResponseError("WRONGTYPE"), False),  # the next commit is refused
    ],
)
def test_an_owner_sees_that_redis_has_an_older_state(reply: object, *, is_lost: bool) -> None:
    """By the generation where somebody else is the owner, by the position where it is ours."""
    source = Source("key", "us", "5", GENERATION)
    assert has_lost(source, reply, lambda stored: int(stored) < 5) is is_lost
