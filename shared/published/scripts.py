"""The changes to the limits, each one script: version, pointer and log entry together or not at all.

All keys share the tag `{limits}`, so that in a cluster they lie together. A script that is carried out
twice, because the answer to the first was lost, finds its work done and says so.
"""

from typing import Final

from shared.market import keys
from shared.published.pointer import Pointer
from shared.redis.link import Command, Word, command

# `in_force` is the higher one of what the pointer says and what the log says, for either may have been lost.
_START: Final = """
local log, key = KEYS[1], KEYS[2]
local pointer = redis.call('GET', key) or ''
local last = {}
for _, entry in ipairs(redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)) do
  for i = 1, #entry[2], 2 do
    last[entry[2][i]] = entry[2][i + 1]
  end
end
local function number_of(text)
  return tonumber(string.match(text, '^(%d+) ')) or 0
end
local function whole(number)
  return string.format('%.0f', number)
end
local function name_of(text)
  local number = number_of(text)
  return number == 0 and '' or whole(number)
end
local in_force = last.active or ''
if number_of(pointer) > number_of(in_force) then in_force = pointer end
local highest = math.max(tonumber(last.highest or '') or 0, number_of(in_force))
local function note(action, version, sha, as, before, active, who, why)
  local now = redis.call('TIME')
  redis.call('XADD', log, '*', 'at', now[1] .. string.format('%06d', now[2]), 'action', action,
    'version', version, 'sha256', sha, 'as', as, 'before', before, 'active', active,
    'highest', whole(math.max(highest, tonumber(version) or 0)), 'who', who, 'why', why)
end
"""

_PUBLISH: Final = """
local number, sha, text, who, why = unpack(ARGV)
local stored = redis.call('GET', KEYS[3])
if stored == text then return {'done'} end
if stored then highest = math.max(highest, tonumber(number)) end
if tonumber(number) <= highest then return {'taken', whole(highest)} end
note('publish', number, sha, '', '', in_force, who, why)
redis.call('SET', KEYS[3], text)
return {'done'}
"""

_ACTIVATE: Final = """
local expect, source, number, sha, who, why = unpack(ARGV)
local wanted = number .. ' ' .. sha
if pointer == wanted then return {'done'} end
if pointer ~= expect then return {'moved', pointer} end
local text = redis.call('GET', KEYS[3])
if not text then return {'missing'} end
if source == number then
  if tonumber(number) <= number_of(in_force) then return {'taken', whole(highest)} end
  note('activate', number, sha, '', name_of(pointer), wanted, who, why)
else
  if redis.call('EXISTS', KEYS[4]) == 1 then highest = math.max(highest, tonumber(number)) end
  if tonumber(number) <= highest then return {'taken', whole(highest)} end
  note('activate', number, sha, source, name_of(pointer), wanted, who, why)
  redis.call('SET', KEYS[4], text)
end
redis.call('SET', key, wanted)
return {'done'}
"""

_SHADOW: Final = """
local expect, number, sha, who, why = unpack(ARGV)
local wanted = number == '' and '' or number .. ' ' .. sha
local shadow = redis.call('GET', KEYS[3]) or ''
if shadow == wanted then return {'done'} end
if shadow ~= expect then return {'moved', shadow} end
if number ~= '' and redis.call('EXISTS', KEYS[4]) == 0 then return {'missing'} end
note('shadow', number, sha, '', name_of(shadow), in_force, who, why)
if number == '' then
  redis.call('DEL', KEYS[3])
else
  redis.call('SET', KEYS[3], wanted)
end
return {'done'}
"""

_RESTORE: Final = """
local number, sha, text, who, why = unpack(ARGV)
local wanted = number .. ' ' .. sha
if pointer == wanted then return {'done'} end
if number_of(in_force) > tonumber(number) then return {'newer', in_force} end
local stored = redis.call('GET', KEYS[3])
if (stored and stored ~= text) or (number_of(in_force) == tonumber(number) and in_force ~= wanted) then
  return {'conflict'}
end
note('restore', number, sha, '', name_of(pointer), wanted, who, why)
redis.call('SET', KEYS[3], text)
redis.call('SET', key, wanted)
return {'restored'}
"""


def publish(pointer: Pointer, text: str, who: str, why: str) -> Command:
    """Store a new version; answers `done`, or `taken` with the highest number that was given out."""
    return _run(_PUBLISH, [keys.limits_version(pointer.number)], *pointer, text, who, why)


def activate(expect: bytes, source: int, target: Pointer, who: str, why: str) -> Command:
    """Make a version the active one.

    Answers `done`; `moved` with what is active instead of what was expected; `missing` where there is no
    such version; `taken` with the highest number where the target's is too low.

    Args:
        expect: what the pointer should hold; empty for no pointer.
        source: the version whose content it is.
        target: the number and hash to be active afterwards; a way back has another number than its source.
        who: the caller, as it calls itself.
        why: the reason.
    """
    places = [keys.limits_version(source), keys.limits_version(target.number)]
    return _run(_ACTIVATE, places, expect, source, *target, who, why)


def shadow(expect: bytes, pointer: Pointer | None, who: str, why: str) -> Command:
    """Let a version run in the shadow, or none; answers as `activate`."""
    number, sha256 = ("", "") if pointer is None else pointer
    places = [keys.LIMITS_SHADOW, *([] if pointer is None else [keys.limits_version(pointer.number)])]
    return _run(_SHADOW, places, expect, number, sha256, who, why)


def restore(pointer: Pointer, text: str, who: str, why: str) -> Command:
    """Write a version again that Redis has lost.

    Answers `restored`; `done` where it is there; `newer` with a pointer that is higher; `conflict` where
    another content stands under its number.
    """
    return _run(_RESTORE, [keys.limits_version(pointer.number)], *pointer, text, who, why)


def _run(script: str, places: list[str], *arguments: Word) -> Command:
    words = [keys.LIMITS_LOG, keys.LIMITS_ACTIVE, *places]
    return command(keys.LIMITS_LOG, "EVAL", _START + script, len(words), *words, *arguments)
