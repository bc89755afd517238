"""Bytes to messages and back: framing, HELLO, columns, numbers for symbols. Pure."""
