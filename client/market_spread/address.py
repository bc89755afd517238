"""Addresses of TCP feeds and servers, as users write them."""

import socket
from typing import NamedTuple


class Address(NamedTuple):
    """Where to listen or to connect to."""

    host: str
    port: int

    @property
    def family(self) -> socket.AddressFamily:
        """IPv6 for addresses with a colon, IPv4 for everything else."""
        return socket.AF_INET6 if ":" in self.host else socket.AF_INET

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_address(text: str) -> Address:
    """Read `HOST:PORT`, with an IPv6 host in brackets.

    Raises:
        ValueError: it is neither, or the port is not 0 to 65535.
    """
    host, colon, port = text.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) <= 65535):
        raise ValueError(f"{text!r} is not HOST:PORT with a port from 0 to 65535")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"{text!r} is not HOST:PORT; write an IPv6 host in brackets")
    if not is_possible_host(host):
        raise ValueError(f"{text!r} is not HOST:PORT: no host can be called that")
    return Address(host, int(port))


def is_possible_host(name: str) -> bool:
    """Whether a host can have this name; the system's look-up fails oddly on others."""
    try:
        name.encode("idna")
    except UnicodeError:
        return False
    return True
