"""A desk made of QuickFIX, run by the Python that has it: it sends orders, and sends them again when asked.

`python quickfix_desk.py ROLE PORT FOLDER ORDERS BEGINSTRING` prints `logon`, `logout` and `sent`, and ends
when its standard input does. It is run where the project is not installed, so it imports nothing of it.
"""

import sys
import threading
import time

import quickfix

SETTINGS = """[DEFAULT]
ConnectionType={role}
ReconnectInterval=1
HeartBtInt=1
StartTime=00:00:00
EndTime=00:00:00
FileStorePath={folder}
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
AT_ONCE, PAUSE_S = 2, 0.01


def say(word: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Desk(quickfix.Application):  # type: ignore[misc]
    """Notes whether the session is up."""

    def __init__(self) -> None:
        super().__init__()
        self.up = threading.Event()
        self.session: object = None

    def onCreate(self, session: object) -> None:  # noqa: N802
        """There is a session."""
        self.session = session

    def onLogon(self, _: object) -> None:  # noqa: N802
        """It is up."""
        self.up.set()
        say("logon")

    def onLogout(self, _: object) -> None:  # noqa: N802
        """It is not."""
        say("logout")

    def toAdmin(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""

    def fromAdmin(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""

    def toApp(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""

    def fromApp(self, *_: object) -> None:  # noqa: N802
        """Nothing to do."""


def order(number: int) -> object:
    """An order on a symbol that nobody quotes."""
    message = quickfix.Message()
    message.getHeader().setField(quickfix.MsgType("D"))
    now = time.strftime("%Y%m%d-%H:%M:%S", time.gmtime())
    for tag, value in ((11, str(number)), (55, "NONE"), (54, "1"), (38, "100"), (40, "1"), (60, now)):
        message.setField(tag, value)
    return message


def main() -> None:
    """Log on, send all orders whether the session is up or not, and stay until told to end."""
    role, port, folder, orders, begin = sys.argv[1:]
    path = f"{folder}/settings"
    with open(path, "w") as file:  # noqa: PTH123
        file.write(SETTINGS.format(role=role, port=port, folder=folder, begin=begin))
        file.write(APPL if begin == "FIXT.1.1" else "")
    settings = quickfix.SessionSettings(path)
    desk = Desk()
    kind = quickfix.SocketInitiator if role == "initiator" else quickfix.SocketAcceptor
    engine = kind(desk, quickfix.FileStoreFactory(settings), settings)
    engine.start()
    desk.up.wait()
    for number in range(int(orders)):
        quickfix.Session.sendToTarget(order(number), desk.session)
        if number % AT_ONCE == 0:
            time.sleep(PAUSE_S)
    say("sent")
    sys.stdin.read()
    engine.stop()


if __name__ == "__main__":
    main()
