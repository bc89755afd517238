"""What the subscriber has seen, and the judgement on it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from faults.verdict import Verdict

StreamId = tuple[int, int]


@dataclass
class Seen:
    """What a subscriber has seen."""

    alerts: list[str] = field(default_factory=list)
    """IDs of the alerts, as they came."""
    gaps: list[tuple[str, str]] = field(default_factory=list)
    """The IDs between which alerts may be missing, as it was told."""
    others: list[str] = field(default_factory=list)
    """Events that are neither: there should be none."""
    may_have_gaps: bool = False
    """Whether Redis lost alerts that it may have seen: they are there again under other IDs."""


def judge_seen(ids: Sequence[str], seen: Seen, verdict: Verdict) -> None:
    """Compare what it saw with the whole stream of alerts.

    Where nothing is lost it has to see exactly that. Otherwise each alert that there is at the end has to be
    among what it saw or within a gap that it was told of, and no ID may come twice.
    """
    unseen = set(ids).difference(seen.alerts)
    if seen.may_have_gaps:
        unseen = {each for each in unseen if not _is_in_gap(each, seen)}
        misseen = sum(count - 1 for count in Counter(seen.alerts).values())
    else:
        wanted = [each for each in ids if each not in unseen]
        misseen = sum(one != other for one, other in zip_longest(wanted, seen.alerts)) + len(seen.gaps)
    misseen += len(seen.others)
    verdict.unseen += len(unseen)
    verdict.misseen += misseen
    if unseen or misseen:
        verdict.note(
            f"the subscriber saw {len(seen.alerts)} alerts and missed {len(unseen)} of {len(ids)}; "
            f"gaps {seen.gaps[:3]}, other events {seen.others[:3]}"
        )


def _is_in_gap(entry_id: str, seen: Seen) -> bool:
    gaps = (sorted((_parse(start), _parse(end))) for start, end in seen.gaps)
    return any(start < _parse(entry_id) <= end for start, end in gaps)


def _parse(entry_id: str) -> StreamId:
    ms, _, number = entry_id.partition("-")
    return int(ms), int(number or 0)
