"""Which services this user may run, found out without changing anything."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from services.cli.doctor.finding import Finding
from services.cli.doctor.patient import Patient
from services.cli.doctor.roles import ROLES, Need, Role, needs

_CHECK: Final = """
local refused = {}
for place, words in ipairs(ARGV) do
  local is_known, may = pcall(redis.acl_check_cmd, unpack(cjson.decode(words)))
  if not (is_known and may) then refused[#refused + 1] = place end
end
return refused
"""
"""Asks the server of each command whether this user may; nothing is carried out."""
_SHOWN: Final = 6


def examine_rights(patient: Patient, alerts: str) -> Iterator[Finding]:
    """Say which services this user may run.

    Raises:
        RedisUnavailable: no answer.
    """
    missing = {role: _missing(patient, role, [*needs(role, alerts)]) for role in ROLES}
    may = [role for role in ROLES if not missing[role]]
    if may:
        others = [role for role in ROLES if missing[role]]
        rest = f"; for {', '.join(others)} it lacks some" if others else ""
        yield Finding("ok", "rights", f"{patient.user} has all rights for {', '.join(may)}{rest}")
        return
    nearest = min(ROLES, key=lambda role: len(missing[role]))
    lacks = missing[nearest]
    more = f" and {len(lacks) - _SHOWN} more" if len(lacks) > _SHOWN else ""
    shown = f"{', '.join(map(str, lacks[:_SHOWN]))}{more}"
    yield Finding(
        "bad", "rights",
        f"{patient.user} may run no service; for {nearest} it lacks {shown}: give it the rights that "
        "docs/security.md lists",
    )  # fmt: skip


def _missing(patient: Patient, role: Role, wanted: Sequence[Need]) -> list[Need]:
    """What of all that a role needs is not allowed.

    A script can ask the server. A user who may not run scripts can only be one who reads, and reading does no
    harm: so there each command is tried.
    """
    words = [json.dumps(each.words) for each in wanted]
    refused = patient.ask("", "EVAL", _CHECK, "0", *words)
    if refused is not None:
        return [wanted[place - 1] for place in refused]
    if role == "api":
        return [each for each in wanted if not patient.may(each.key, *each.words)]
    return [each for each in wanted if each.words[0] == "EVAL"]
