"""Order-result frames received in a child process: `python -m tests.support.receiver PORT FOLDER [deaf]`.

It writes what it reads to a file of its own for each connection, so that what it has read is known when it
was killed. A deaf one takes connections and reads nothing. It reads little at once from a small buffer, so
that not much is acknowledged and not written down.
"""

import itertools
import json
import socket
import struct
import sys
from pathlib import Path
from threading import Thread
from typing import NamedTuple

RECEIVE_BUFFER_BYTES = 16384
READ_BYTES = 2048


class Result(NamedTuple):
    """A frame as the contract has it."""

    side: int
    account: int
    order_id: bytes
    symbol: bytes
    quantity: float
    price: float
    bid: float
    offer: float
    timestamp: int


def unpack(data: bytes) -> list[Result]:
    """The whole frames of what a receiver has read; the last one may be cut off."""
    results, at = [], 0
    while at + 4 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        payload = data[at + 4 : at + 4 + size]
        if len(payload) == size:
            form = f">BI6s{size - 51}s4dQ"
            results.append(Result(*struct.unpack(form, payload)))
        at += 4 + size
    return results


def connections(folder: Path) -> list[list[Result]]:
    """What was read from each connection, in the order in which they were made."""
    return [unpack(path.read_bytes()) for path in sorted(folder.glob("*.frames"))]


def write_down(sock: socket.socket, path: Path) -> None:
    """Everything that comes, as it comes."""
    with path.open("wb", buffering=0) as file:
        try:
            while received := sock.recv(READ_BYTES):
                file.write(received)
        except ConnectionError:
            return


def say(event: str, **facts: object) -> None:
    """A log line."""
    sys.stderr.write(json.dumps({"event": event, **facts}) + "\n")


def main() -> None:
    """Receive until killed."""
    port, folder, is_deaf = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:] == ["deaf"]
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    say("listening")
    kept = []
    for number in itertools.count(len(list(folder.glob("*.frames")))):
        sock, _ = listener.accept()
        say("connected", number=number)
        if is_deaf:
            kept.append(sock)
        else:
            Thread(target=write_down, args=(sock, folder / f"{number:06}.frames"), daemon=True).start()


if __name__ == "__main__":
    main()
