"""A desk made of QuickFIX, run by the Python that has it: it sends orders, and sends them again when asked.

`python quickfix_desk.py ROLE PORT FOLDER FIRST BEGINSTRING SCHEDULE` reads a number from each line of its
standard input, and sends orders up to that number, named from FIRST on. It logs out and ends when its input
does. It prints `logon`, `logout`, `heartbeat` (one of the other side), and `sent` with the number of orders.
SCHEDULE is lines of QuickFIX' settings. It is run where the project is not installed, so it imports nothing
of it.
"""

import os
import sys
import threading
import time

import quickfix

SETTINGS = """[DEFAULT]
ConnectionType={role}
ReconnectInterval=1
HeartBtInt=1
{schedule}
FileStorePath={folder}
FileLogPath={folder}
UseDataDictionary=N
[SESSION]
BeginString={begin}
SenderCompID=DESK
TargetCompID=SPREAD
SocketConnectHost=127.0.0.1
SocketConnectPort={port}
SocketAcceptPort={port}
SocketReuseAddress=Y
ResetOnLogon=N
PersistMessages=Y
"""
APPL = "DefaultApplVerID=FIX.5.0SP2\n"
TRANSACT_TIME = "20260102-14:30:00"
AT_ONCE, PAUSE_S = 6, 0.004
PATIENCE_S = 10.0
HEARTBEAT = "\x0135=0\x01"


def say(words: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class Desk(quickfix.Application):  # type: ignore[misc]
    """Says what becomes of the session."""

    def __init__(self) -> None:
        super().__init__()
        self.session: object = None
        self.is_down = threading.Event()

    def onCreate(self, session: object) -> None:  # noqa: N802
        """There is a session."""
        self.session = session

    def onLogon(self, _: object) -> None:  # noqa: N802
        """It is up."""
        say("logon")

    def onLogout(self, _: object) -> None:  # noqa: N802
        """It is not."""
        say("logout")
        self.is_down.set()

    def toAdmin(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""

    def fromAdmin(self, message: object, _: object) -> None:  # noqa: N802
        """Something administrative has come."""
        if HEARTBEAT in str(message):
            say("heartbeat")

    def toApp(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""

    def fromApp(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""


def order(number: int) -> object:
    """An order on a symbol that nobody quotes."""
    message = quickfix.Message()
    message.getHeader().setField(quickfix.MsgType("D"))
    fields = ((11, str(number)), (55, "NONE"), (54, "1"), (38, "100"), (40, "1"), (60, TRANSACT_TIME))
    for tag, value in fields:
        message.setField(tag, value)
    return message


def main() -> None:
    """Be there, and send what is asked for whether the session is up or not."""
    role, port, folder, first, begin, schedule = sys.argv[1:]
    path = f"{folder}/settings"
    with open(path, "w") as file:  # noqa: PTH123
        settings = SETTINGS.format(role=role, port=port, folder=folder, begin=begin, schedule=schedule)
        file.write(settings + (APPL if begin == "FIXT.1.1" else ""))
    settings = quickfix.SessionSettings(path)
    desk = Desk()
    # The SocketInitiator of 1.16 never comes back once it has been told to log out (quickfix/quickfix#739).
    kind = quickfix.ThreadedSocketInitiator if role == "initiator" else quickfix.SocketAcceptor
    engine = kind(desk, quickfix.FileStoreFactory(settings), settings, quickfix.FileLogFactory(settings))
    engine.start()
    number = int(first)
    for line in sys.stdin:
        while number < int(line):
            quickfix.Session.sendToTarget(order(number), desk.session)
            number += 1
            if number % AT_ONCE == 0 or number == int(line):
                say(f"sent {number}")
                time.sleep(PAUSE_S)
    desk.is_down.clear()
    quickfix.Session.lookupSession(desk.session).logout()
    desk.is_down.wait(PATIENCE_S)
    os._exit(0)  # QuickFIX may crash when it is stopped from Python, or taken down by it


if __name__ == "__main__":
    main()
