"""The version of the product, said in one place."""

from typing import Final

VERSION: Final = "0.1.0"
