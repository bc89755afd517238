"""Texts of others, made fit to be shown: a terminal obeys control characters, and these must not reach it."""


def printable(text: str) -> str:
    r"""The text with every character that is not printable escaped, such as `\x1b`, `\n` or `\u202e`."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
