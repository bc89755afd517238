"""The Logon: what ours says, and what is wrong with theirs."""

import hmac
from typing import Final

from shared.base.integers import parse_uint
from shared.wire.fix.counterparty.settings import SessionSettings
from shared.wire.fix.message import Message, Pair

LONGEST_HEARTBEAT_S: Final = 3600


def logon_fields(
    settings: SessionSettings, heartbeat_s: int, *, is_reset: bool, next_expected: int | None
) -> list[Pair]:
    """The body of our Logon.

    Args:
        settings: the session's.
        heartbeat_s: HeartBtInt (108).
        is_reset: whether both sides begin again at 1 with it (141).
        next_expected: NextExpectedMsgSeqNum (789); None to leave it out.
    """
    fields: list[Pair] = [(b"98", b"0"), (b"108", b"%d" % heartbeat_s)]
    if is_reset:
        fields.append((b"141", b"Y"))
    if next_expected is not None:
        fields.append((b"789", b"%d" % next_expected))
    if settings.role == "initiator":
        fields.extend(settings.logon)
    if settings.default_appl:
        fields.append((b"1137", settings.default_appl))
    return fields


def refusal_of(message: Message, settings: SessionSettings) -> str:
    """Why a Logon cannot be accepted, whatever is expected; empty if nothing speaks against it."""
    number = parse_uint(message.get(b"34"))
    if not number:
        return "MsgSeqNum (34) of a Logon has to be 1 or above"
    if message.get(b"141") == b"Y" and number != 1:
        return "MsgSeqNum (34) has to be 1 where ResetSeqNumFlag (141) is Y"
    return _unlike_agreed(message, settings)


def _unlike_agreed(message: Message, settings: SessionSettings) -> str:
    """What in a Logon is not as agreed; empty if all of it is."""
    heartbeat_s = parse_uint(message.get(b"108"))
    if heartbeat_s is None or not 1 <= heartbeat_s <= LONGEST_HEARTBEAT_S:
        return f"HeartBtInt (108) has to be 1 to {LONGEST_HEARTBEAT_S}"
    if message.get(b"98") not in (b"", b"0"):
        return "EncryptMethod (98) has to be 0"
    if message.get(b"1137") != settings.default_appl and settings.default_appl:
        return f"DefaultApplVerID (1137) has to be {settings.default_appl.decode()}"
    if settings.role == "acceptor" and not is_credited(message, settings):
        return "the Logon lacks a field that was agreed, or has another value in it"
    return ""


def is_credited(message: Message, settings: SessionSettings) -> bool:
    """Whether all fields of a Logon are as agreed; it takes as long whatever is wrong in them."""
    same = [hmac.compare_digest(message.get(tag), value) for tag, value in settings.logon]
    return all(same)
