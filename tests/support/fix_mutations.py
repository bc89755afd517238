"""FIX messages that were damaged in some way or other."""

import random
from collections.abc import Iterator
from typing import Final

from tests.support import fix

_ENTRY: Final = "278=a|269=0|270=9.5|271=100|1023=1"
CORPUS: Final = [
    fix.order(
        fix.ORDER + "|41=A-0|37=B-9|17=E-1|99=9.5|152=1000|48=US1|207=XNYS|15=USD|97=Y|453=1|448=P|452=24"
    ),
    fix.order(kind="G"),
    fix.order(f"66=L|73=3|{'|'.join(['11=A|55=BTU|54=1|38=5|44=1'] * 3)}", kind="E"),
    fix.order(f"37=B|17=E|150=0|20=0|39=0|{fix.ORDER}", kind="8", begin="FIX.4.2"),
    fix.market_data(f"55=BTU|268=3|{_ENTRY}|278=b|269=1|270=10|278=c|269=1|270=11"),
    fix.market_data(f"268=3|279=0|55=BTU|{_ENTRY}|279=1|278=a|270=8|279=2|269=0|278=a|1023=1", kind="X"),
    fix.market_data("893=N|268=1|279=2|55=BTU|269=J", kind="X"),
    fix.market_data("55=BTU|132=9|133=10|134=0|135=5", kind="S"),
    fix.market_data("296=1|302=1|295=2|299=1|55=A|132=1|133=2|299=2|55=B|132=3", kind="i"),
    fix.market_data("55=BTU|326=2", kind="f"),
    fix.finished(b"35=n\x01212=%d\x01213=%b\x0158=x\x01" % (len(fix.order()), fix.order())),
    fix.message("35=0|112=test"),
]
"""One message of each kind, whole."""
_BYTES: Final = [
    b"\x01",
    b"=",
    b"|",
    b"\x00",
    b"\xff",
    b"-",
    b"9",
    b"0",
    b"8=FIX",
    b"10=000\x01",
    b"\x0143=Y\x01",
]
_VALUES: Final = [
    b"",
    b"0",
    b"-1",
    b"x",
    b"nan",
    b"1e400",
    b"999999",
    b"99999999999",
    b"[N/A]",
    b"J",
    b"\xe9",
    b"X" * 70,
]


def mutated(seed: int, count: int) -> Iterator[bytes]:
    """So many messages, most of them damaged; of these most with a right length and sum."""
    dice = random.Random(seed)
    for _ in range(count):
        message = dice.choice(CORPUS)
        for _ in range(dice.choice((0, 1, 1, 2, 5))):
            message = dice.choice((_with_other_bytes, _with_other_value, _with_other_fields))(message, dice)
        yield _repaired(message) if dice.random() < 0.7 else message


def _with_other_bytes(message: bytes, dice: random.Random) -> bytes:
    """Some bytes put in, taken out, or in the place of others."""
    at = dice.randrange(len(message) + 1)
    return message[:at] + dice.choice([b"", *_BYTES]) + message[at + dice.choice((0, 0, 1, 3, 40)) :]


def _with_other_value(message: bytes, dice: random.Random) -> bytes:
    """One field with a value that is seldom right."""
    fields = message.split(b"\x01")
    at = dice.randrange(len(fields))
    fields[at] = fields[at].split(b"=")[0] + b"=" + dice.choice(_VALUES)
    return b"\x01".join(fields)


def _with_other_fields(message: bytes, dice: random.Random) -> bytes:
    """A field taken out, sent twice, or elsewhere."""
    fields = message.split(b"\x01")
    field = fields[dice.randrange(len(fields))]
    fields.insert(dice.randrange(len(fields)), field)
    if dice.random() < 0.7:
        fields.remove(field)
    return b"\x01".join(fields)


def _repaired(message: bytes) -> bytes:
    """The message with the length and the sum of what it has become."""
    _, _, body = message.partition(b"\x0135=")
    body, _, _ = body.rpartition(b"\x0110=")
    return fix.finished(b"35=" + body + b"\x01")
