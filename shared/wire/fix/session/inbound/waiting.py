"""What arrives behind a Logon that waits."""


class Waiting:
    """Messages that are kept until their turn comes.

    Args:
        most: how many bytes they may have together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._messages: list[bytes] = []
        self._bytes = 0

    def add(self, raw: bytes) -> bool:
        """Keep a message; whether there was room. If not, all are dropped."""
        self._messages.append(raw)
        self._bytes += len(raw)
        if self._bytes > self._most:
            self._messages.clear()
            return False
        return True

    def take(self) -> list[bytes]:
        """All that were kept, in order."""
        messages, self._messages, self._bytes = self._messages, [], 0
        return messages
