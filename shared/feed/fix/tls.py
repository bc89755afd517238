"""What TLS of a session goes by: certificate and key of ours, and whom we believe."""

import ssl
from pathlib import Path

from shared.wire.fix.counterparty.settings import Role, Tls


def context_of(tls: Tls, role: Role, folder: Path) -> ssl.SSLContext:
    """What connections of a session are made with.

    An acceptor with an `authority` wants a certificate of its counterparties that was signed by that; an
    initiator believes that one instead of those that this machine believes.

    Args:
        tls: files; where a path is relative it counts from the folder.
        role: of the session.
        folder: of the session file.

    Raises:
        OSError: a file cannot be read, or is not what it has to be.
    """
    for name in filter(None, tls):
        (folder / name).open("rb").close()  # what cannot be read is named; what follows names no file
    authority = str(folder / tls.authority) if tls.authority else None
    if role == "initiator":
        context = ssl.create_default_context(cafile=authority)
    else:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
        context.verify_mode = ssl.CERT_REQUIRED if authority else ssl.CERT_NONE
    if tls.certificate:
        # a password that is wrong, so that nobody is asked for one
        context.load_cert_chain(folder / tls.certificate, folder / tls.key, password="")
    return context
