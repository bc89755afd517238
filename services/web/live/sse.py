"""Server-sent events as bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""

from typing import Final

MEDIA_TYPE: Final = "text/event-stream"
KEEP_ALIVE: Final = b":\n\n"
"""A comment: says that the connection lives, and nothing else."""
RETRY: Final = b"retry: 1000\n\n"
"""How long a browser waits before it connects again: milliseconds."""


def event(name: str, data: bytes, event_id: str | None = None) -> bytes:
    """One event.

    Args:
        name: its type.
        data: JSON without line breaks.
        event_id: where a client goes on from.
    """
    head = b"" if event_id is None else b"id: %b\n" % event_id.encode()
    return b"%bevent: %b\ndata: %b\n\n" % (head, name.encode(), data)


def position(event_id: str) -> bytes:
    """Moves on where a client goes on from; no event for it."""
    return b"id: %b\n\n" % event_id.encode()
