"""The alert stream: how an alert looks in it, and the part of a commit that writes it."""

from collections.abc import Sequence
from typing import Final

from market_spread.order import SIDE_NAMES
from services.orders.model.alert import RaisedAlert
from shared.base.source import Origin
from shared.commit.positions import CommitScript
from shared.market import keys
from shared.market.verdict import Verdict
from shared.redis.link import Word
from shared.wire.fix.orders import FixDetails

_SIDES: Final = {side: name.encode() for side, name in SIDE_NAMES.items()}

_OF_MARKET: Final = ("symbol", "bid", "offer", "quote_time", "reason", "checked_at", "quote_at", "source")
_OF_ORDER: Final = ("order_id", "account", "side", "quantity", "price", "transact_time", "sequence")

# Words of a chunk: how many markets (each as met by orders of one source), how many details by FIX each alert
# has (all, or none), the values of each market, then for each alert the values of its order, which market it
# met, and its details. Against all values of each alert that costs the server 13 % less an alert and the
# checker a third. Names stand in the script: as arguments too they cost a third more.
_FIRST_MARKET: Final = 8
_MARKET_WORDS: Final = len(_OF_MARKET)
_ALERT_WORDS: Final = len(_OF_ORDER) + 1


def _value(name: str) -> str:
    """Where the script finds the value of a field."""
    if name in _OF_ORDER:
        return f"ARGV[alert + {_OF_ORDER.index(name)}]"
    return f"ARGV[market + {_OF_MARKET.index(name)}]"


_FIELDS: Final = ", ".join(f"'{name}', {_value(name)}" for name in keys.ALERT_FIELDS)
_FIX_FIELDS: Final = ", ".join(
    f"'{name}', ARGV[alert + {_ALERT_WORDS + place}]" for place, name in enumerate(FixDetails._fields)
)


def _xadd(options: str) -> str:
    """Adds an alert, with its details if it has any."""
    add = f"redis.call('XADD', KEYS[2], {options}'*', {_FIELDS}"
    return f"if width == {_ALERT_WORDS} then {add}) else {add}, {_FIX_FIELDS}) end"


# A stream whose last ID is near the largest there is may have room for some alerts of a chunk and not for
# all. An XADD that fails would leave those before it behind, so the room is looked at first: what is left in
# the last millisecond is the largest number, 18446744073709551615, less the one reached. (Where there is no
# stream yet, XINFO gives an error, which has no list in it.)
_CHECK_ROOM: Final = f"""
local width = {_ALERT_WORDS} + (ARGV[7] or 0)
local alerts = (#ARGV - {_FIRST_MARKET - 1} - {_MARKET_WORDS} * (ARGV[6] or 0)) / width
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
local first = {_FIRST_MARKET} + {_MARKET_WORDS} * (ARGV[6] or 0)
for alert = first, #ARGV, width do
  local market = {_FIRST_MARKET} + {_MARKET_WORDS} * ARGV[alert + {len(_OF_ORDER)}]
  if alert == first then
    {_xadd("'MAXLEN', '~', ARGV[5], ")}
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
    markets: dict[tuple[bytes, Verdict, str], int] = {}
    words: list[Word] = []
    later = iter(origins)
    (_, source, sequence), following = next(later), next(later, None)
    details_words = 0
    for frame, order, market, details in alerts:
        while following is not None and frame >= following.begins:
            (_, source, sequence), following = following, next(later, None)
        side, account, order_id, symbol, quantity, price, transact_time = order
        place = markets.setdefault((symbol, market, source), len(markets))
        words += (order_id, account, _SIDES[side], b"" if quantity is None else quantity)
        words += (b"" if price is None else price, transact_time, sequence(frame), place)
        if details is not None:
            details_words = len(details)
            words += [b"" if each is None else each for each in details]
    head = (len(markets), details_words)
    return [*head, *(word for market in markets for word in _market_words(*market)), *words]


def _market_words(symbol: bytes, market: Verdict, source: str) -> tuple[Word, ...]:
    quote, reason, checked_at = market
    if quote is None:
        return symbol, b"", b"", b"", reason, checked_at, b"", source
    bid, offer, updated_at = (
        b"" if each is None else each for each in (quote.bid, quote.offer, quote.updated_at)
    )
    return symbol, bid, offer, quote.transact_time, reason, checked_at, updated_at, source
