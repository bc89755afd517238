"""How far a source has taken effect, kept in Redis and moved only by its owner, from where it stood.

A commit is one script: it compares owner and position with those stored, appends what the commit is about
(alerts, or nothing), and moves the position; or it does none of it. So whatever is sent twice, by a
retry, by a connection that was given up, or by a second process, takes effect once.

Beside the position stands the highest version of the limits that has judged anything of the source. A commit
by an owner that does not know of so high a version does nothing either.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from redis.exceptions import NoScriptError, ResponseError

from shared.base.integers import parse_uint
from shared.base.source import Origin, Source
from shared.commit.source_commit import Outcome, SourceCommit
from shared.redis.link import (
    CannotProceed,
    Command,
    LinkClosed,
    RedisLink,
    RedisUnavailable,
    Reply,
    Word,
    command,
)

# The generation grows with each owner, also beyond one that Redis has lost: ARGV[3] is the highest known.
_OPEN: Final = """
local stored = tonumber(redis.call('HGET', KEYS[1], 'generation') or 0) or 0
local generation = math.max(stored, tonumber(ARGV[3])) + 1
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'generation', generation)
redis.call('HSETNX', KEYS[1], 'position', ARGV[2])
return redis.call('HMGET', KEYS[1], 'position', 'generation', 'limits')
"""

# A failing script does not undo what it wrote, so whatever can fail comes before the first write that
# matters: the comparison shows that the key is a hash, and writing the owner again that we may write to it.
# That is written too where the position shows that the commit is there already: WAIT speaks only of what its
# own connection has written.
_COMPARE: Final = """
local stored = redis.call('HMGET', KEYS[1], 'owner', 'position', 'generation', 'limits')
local owner, position, limits = stored[1] or '', stored[2] or '', stored[4] or '0'
local found = {owner, position, stored[3] or '0', limits}
if owner ~= ARGV[1] then
  return found
end
redis.call('HSET', KEYS[1], 'owner', owner)
if position ~= ARGV[2] then
  return found
end
if (tonumber(limits) or 0) > tonumber(ARGV[5]) then
  return found
end
if ARGV[4] ~= '' then
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
"""

_MOVE: Final = """
if ARGV[5] == '0' then
  redis.call('HSET', KEYS[1], 'position', ARGV[3])
else
  redis.call('HSET', KEYS[1], 'position', ARGV[3], 'limits', ARGV[5])
end
return 1
"""


def _no_words(_: Sequence[Origin], __: Sequence[Any]) -> list[Word]:
    return []


_WAIT_MS: Final = 500


class CommitScript(NamedTuple):
    """What a commit writes besides the position."""

    keys: tuple[str, ...] = ()
    """`KEYS[2]` and on, in the cluster slot of the position."""
    arguments: tuple[str | int, ...] = ()
    """`ARGV[6]` and on, before the words of the chunk."""
    lua: str = ""
    arguments_of: Callable[[Sequence[Origin], Sequence[Any]], list[Word]] = _no_words
    """The effects of a chunk as its words; told where the messages of the batch come from."""
    replicas: int = 0
    """How many replicas must have a commit before it counts."""


class Positions:
    """Opens sources and commits what came from them.

    Args:
        link: to the server that has the positions.
        append: what a commit writes besides the position.
    """

    def __init__(self, link: RedisLink, append: CommitScript = CommitScript()) -> None:  # noqa: B008 (immutable)
        self._link = link
        self._append = append
        self._commit_script = _COMPARE + append.lua + _MOVE
        self._commit_sha = hashlib.sha1(self._commit_script.encode(), usedforsecurity=False).hexdigest()
        self._loaded = False
        self._started: Callable[[], list[Reply]] | None = None

    @property
    def arguments_of(self) -> Callable[[Sequence[Origin], Sequence[Any]], list[Word]]:
        """See `CommitScript.arguments_of`."""
        return self._append.arguments_of

    def open(self, sources: Sequence[Source]) -> list[str | ResponseError]:
        """Make each source's owner the only one that can move it.

        Sources without a position in Redis start at their `position`; the others' is set to it. Each source
        gets a generation higher than all that Redis or the source knew.

        Returns:
            each source's position, or why Redis refused it.

        Raises:
            RedisUnavailable: it may have happened or not; call again.
        """
        replies = self._link.roundtrip(
            [command(s.key, "EVAL", _OPEN, 1, s.key, s.owner, s.position, s.generation) for s in sources]
        )
        self._await_replicas(
            sources[0].key
        )  # first: another server may answer next, which has no position yet
        for source, reply in zip(sources, replies, strict=True):
            if not isinstance(reply, ResponseError):
                source.position = reply[0].decode(errors="replace")
                source.generation = parse_uint(reply[1]) or source.generation
                source.limits = max(source.limits, parse_uint(reply[2] or b"") or 0)
        return [r if isinstance(r, ResponseError) else r[0].decode(errors="replace") for r in replies]

    def start(self, batch: Sequence[SourceCommit]) -> None:
        """Send the chunks of a batch; `commit` with the same batch has to be the next call.

        Redis works on them meanwhile.

        Raises:
            RedisUnavailable: some may have happened; call again with the same batch.
        """
        self._started = self._send(batch)

    def commit(self, batch: Sequence[SourceCommit]) -> None:
        """Commit all chunks, in order within a source; each source gets its own outcome.

        After an attempt without an answer the same chunks are sent again: of those that had taken effect
        the comparison tells, and nothing is added twice.

        Raises:
            RedisUnavailable: some may have happened; call again with the same batch to find out and go on.
        """
        try:
            self._commit(batch)
            self._await_replicas(batch[0].source.key)
        except RedisUnavailable:
            if self._append.replicas:  # another server may answer next, which does not have it
                for pending in batch:
                    pending.doubt()
            raise

    def _commit(self, batch: Sequence[SourceCommit]) -> None:
        while left := [pending for pending in batch if pending.outcome is None]:
            for pending in left:
                pending.error = ""
            self._attempt(left)
            for pending in left:
                if pending.outcome is Outcome.LOST and pending.source.expires_ms is not None:
                    self._set_up_again(pending)
                if pending.outcome is None and pending.error:
                    raise CannotProceed(pending.error)

    def _await_replicas(self, key: str) -> None:
        """Wait until enough replicas have what this connection has written."""
        wanted = self._append.replicas
        if not wanted:
            return
        (reached,) = self._link.roundtrip([command(key, "WAIT", wanted, _WAIT_MS)])
        if not isinstance(reached, int) or reached < wanted:
            raise RedisUnavailable(f"{wanted} replicas must have the commit: {reached}")

    def _attempt(self, batch: Sequence[SourceCommit]) -> None:
        replies = iter(self._replies(batch))
        for pending in batch:
            for reply in [next(replies) for _ in pending.chunks]:
                if not self._took(pending, reply):
                    break

    def _replies(self, batch: Sequence[SourceCommit]) -> list[Reply]:
        read, self._started = self._started, None
        if read is not None:
            try:  # for each batch: `suppress` is three calls more
                return read()
            except LinkClosed:  # somebody else has waited for Redis since: send them again
                pass
        return self._send(batch)()

    def _send(self, batch: Sequence[SourceCommit]) -> Callable[[], list[Reply]]:
        """Send all commits, after the script if the server may not have it; reads their replies."""
        commits = chain.from_iterable(map(self._commits, batch))
        if self._loaded:
            return self._link.start(commits)
        keys = {each.source.key for each in batch}
        loads = [command(key, "SCRIPT", "LOAD", self._commit_script) for key in keys]
        read = self._link.start(chain(loads, commits))
        self._loaded = True
        return lambda: read()[len(loads) :]

    def _commits(self, pending: SourceCommit) -> Iterator[Command]:
        """The commands of a source, made one by one while the link sends those before."""
        source, expected = pending.source, pending.source.position
        keys = (source.key, *self._append.keys)
        expires = "" if source.expires_ms is None else source.expires_ms
        for words, position in pending.left():
            compared = (source.owner, expected, position, expires, source.limits)
            arguments = (*compared, *self._append.arguments, *words)
            yield command(source.key, "EVALSHA", self._commit_sha, len(keys), *keys, *arguments)
            expected = position

    def _took(self, pending: SourceCommit, reply: Reply) -> bool:
        """Whether a chunk took effect; if not, what follows for its source."""
        if reply == 1:
            pending.done()
            return True
        if isinstance(reply, NoScriptError):
            self._loaded = False
        elif isinstance(reply, ResponseError):
            pending.refused(reply)
        else:
            owner, position, generation, limits = reply
            texts = (owner.decode(errors="replace"), position.decode(errors="replace"))
            pending.adopt(*texts, parse_uint(generation) or 0, parse_uint(limits) or 0)
        return False

    def _set_up_again(self, pending: SourceCommit) -> None:
        """Give a source that nobody resumes from a new position, and go on with all that is left."""
        source, pending.outcome = pending.source, None
        self._link.roundtrip([command(source.key, "DEL", source.key)])
        self.open([source])
