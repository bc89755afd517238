"""The alert stream: how an alert looks in it, and the part of a commit that writes it."""

from collections.abc import Sequence
from typing import Final

from market_spread.order import SIDE_NAMES
from services.orders.model.alert import RaisedAlert
from services.orders.model.finding import Finding
from shared.base.source import Origin
from shared.commit.positions import CommitScript
from shared.market import keys
from shared.redis.link import Word

_SIDES: Final = {side: name.encode() for side, name in SIDE_NAMES.items()}

_OF_MARKET: Final = ("symbol", "bid", "offer", "quote_time", "reason", "checked_at", "quote_at", "source")
_OF_ORDER: Final = ("order_id", "account", "side", "quantity", "price", "transact_time", "sequence")

# Words of a chunk: where the first alert begins; how many words an alert has; the findings (each about orders
# of one source); then for each alert the values of its order, where its finding begins, and what FIX says of
# it (of all alerts of a chunk, or of none). A finding has its values, the place of its last word, and the
# names and values of the fields that only some alerts have. Against all values of each alert that costs the
# server 13 % less an alert and the checker a third. Names stand in the script: as arguments too they cost a
# third more.
_FIRST_FINDING: Final = 9
_FINDING_WORDS: Final = len(_OF_MARKET)
_ALERT_WORDS: Final = len(_OF_ORDER) + 1


def _value(name: str) -> str:
    """Where the script finds the value of a field."""
    if name in _OF_ORDER:
        return f"ARGV[alert + {_OF_ORDER.index(name)}]"
    return f"ARGV[finding + {_OF_MARKET.index(name)}]"


_FIELDS: Final = ", ".join(f"'{name}', {_value(name)}" for name in keys.ALERT_FIELDS)
_FIX_FIELDS: Final = ", ".join(
    f"'{name}', ARGV[alert + {_ALERT_WORDS + place}]" for place, name in enumerate(keys.FIX_FIELDS)
)
_OTHER_FIELDS: Final = f"unpack(ARGV, finding + {_FINDING_WORDS + 1}, ARGV[finding + {_FINDING_WORDS}])"


def _xadd(options: str) -> str:
    """Adds an alert, with what FIX says of it if it came so."""
    add = f"redis.call('XADD', KEYS[2], {options}'*', {_FIELDS}"
    short, long = f"{add}, {_OTHER_FIELDS})", f"{add}, {_FIX_FIELDS}, {_OTHER_FIELDS})"
    return f"if width == {_ALERT_WORDS} then {short} else {long} end"


# A stream whose last ID is near the largest there is may have room for some alerts of a chunk and not for
# all. An XADD that fails would leave those before it behind, so the room is looked at first: what is left in
# the last millisecond is the largest number, 18446744073709551615, less the one reached. (Where there is no
# stream yet, XINFO gives an error, which has no list in it.)
_CHECK_ROOM: Final = f"""
local first = tonumber(ARGV[7] or {_FIRST_FINDING})
local width = tonumber(ARGV[8] or {_ALERT_WORDS})
local alerts = (#ARGV - first + 1) / width
if alerts > 1 then
  local info = redis.pcall('XINFO', 'STREAM', KEYS[2])
  for at = 1, #info, 2 do
    local reached = info[at] == 'last-generated-id'
      and info[at + 1]:match('^18446744073709551615%-18446744073709(%d%d%d%d%d%d)$')
    if reached and 551615 - tonumber(reached) < alerts then
      return redis.error_reply('ERR the stream of alerts has no IDs left for ' .. alerts .. ' alerts')
    end
  end
end
"""
# The stream is trimmed by the first entry of a chunk alone.
_APPEND: Final = f"""{_CHECK_ROOM}
for alert = first, #ARGV, width do
  local finding = tonumber(ARGV[alert + {len(_OF_ORDER)}])
  if alert == first then
    {_xadd("'MAXLEN', '~', ARGV[6], ")}
  else
    {_xadd("")}
  end
end
"""


def append_alerts(stream: str, max_length: int, replicas: int) -> CommitScript:
    """What a commit does with alerts.

    Args:
        stream: where they are added.
        max_length: about how many it keeps.
        replicas: how many replicas must have them before they count.
    """
    return CommitScript((stream,), (max_length,), _APPEND, arguments_of, replicas)


def arguments_of(origins: Sequence[Origin], alerts: Sequence[RaisedAlert]) -> list[Word]:
    """Alerts as the words of a chunk; numbers become their shortest text when they are packed.

    Args:
        origins: where the orders of the batch come from, in order of their frames.
        alerts: in order of their frames too.
    """
    places: dict[tuple[bytes, Finding | int, str], int] = {}
    """Version 0 of the limits finds one and the same for all orders on a symbol: to tell it from others by
    its identity, and not by all of its fields, saves 0.5 us an alert."""
    findings: list[Word] = []
    words: list[Word] = []
    later = iter(origins)
    (_, source, sequence), following = next(later), next(later, None)
    width = _ALERT_WORDS
    for frame, order, finding, details in alerts:
        while following is not None and frame >= following.begins:
            (_, source, sequence), following = following, next(later, None)
        side, account, order_id, symbol, quantity, price, transact_time = order
        place = places.get(met := (symbol, finding if finding.limits else id(finding), source))
        if place is None:
            place = places[met] = _FIRST_FINDING + len(findings)
            findings += _finding_words(symbol, finding, source, place)
        words += (order_id, account, _SIDES[side], b"" if quantity is None else quantity)
        words += (b"" if price is None else price, transact_time, sequence(frame), place)
        if details is not None:
            width = _ALERT_WORDS + len(details)
            words += [b"" if each is None else each for each in details]
    return [_FIRST_FINDING + len(findings), width, *findings, *words]


def _finding_words(symbol: bytes, finding: Finding, source: str, place: int) -> list[Word]:
    bid, offer, quote_time, quote_at, reason, checked_at, *more = finding
    prices = (b"" if bid is None else bid, b"" if offer is None else offer)
    applied = b"" if quote_at is None else quote_at
    pairs = [word for pair in zip(keys.LIMITS_FIELDS, more, strict=True) if pair[1] for word in pair]
    last = place + _FINDING_WORDS + len(pairs)
    return [symbol, *prices, quote_time, reason, checked_at, applied, source, last, *pairs]
