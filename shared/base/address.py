"""Addresses of TCP feeds and servers: the client's."""

from market_spread.address import Address, is_possible_host, parse_address

__all__ = ["Address", "is_possible_host", "parse_address"]
