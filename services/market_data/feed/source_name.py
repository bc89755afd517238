"""What a sender of quotes is called in a symbol's hash, and in the key of when it was last heard of."""

from typing import Final

from shared.service.intake import Sender

PLAIN: Final = "plain"
"""All senders without HELLO together."""


def source_name(sender: Sender) -> str:
    """The name of a HELLO, `stream:<name>`, `fix:<session>`, or `plain`."""
    return PLAIN if sender.source is None else sender.source.name
