"""A flow of orders that each alert and say which one they are, sent by `market-spread replay`."""

from pathlib import Path

from tests.support import frames
from tests.support.processes import Process, Processes

ORDERS = 12_000
RATE = 4_000
"""Orders a second."""


def start_orders(processes: Processes, folder: Path, address: tuple[str, int]) -> Process:
    """Start to send `ORDERS` orders on a symbol that nobody quotes, evenly, with HELLO.

    The account of an order is its number.
    """
    path = folder / "orders.msg"
    orders = (frames.order(b"NONE", order_id=b"%06d" % number, account=number) for number in range(ORDERS))
    path.write_bytes(b"".join(map(frames.frame, orders)))
    words = (
        "replay",
        str(path),
        "--to",
        f"{address[0]}:{address[1]}",
        "--rate",
        str(RATE),
        "--source",
        "desk",
    )
    return processes.start("-c", "from services.cli.main import main; main()", *words)
