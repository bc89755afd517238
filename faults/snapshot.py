"""A copy of the services for one run, so that nobody who edits them meanwhile disturbs it.

On demand something is taken out of the copy that the run needs in order not to fail, or commits are cut into
smaller chunks.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

_PACKAGES: Final = (Path("services"), Path("shared"), Path("client", "market_spread"))
_BESIDES: Final = (
    Path("faults", "__init__.py"),
    Path("faults", "clocked.py"),
    Path("faults", "fix", "__init__.py"),
    Path("faults", "fix", "position_apart.py"),
)
"""What runs a service with a clock that steps, or as it must not be."""


class Edit(NamedTuple):
    """A text of the source that becomes another one."""

    file: Path
    text: str
    """Stands there exactly once."""
    instead: str


class Cut(NamedTuple):
    """Something that the services can be without."""

    about: str
    edits: Sequence[Edit]


CUTS: Final[Mapping[str, Cut]] = {
    "guard": Cut(
        "Take the position comparison out of the commit",
        [Edit(Path("shared/commit/positions.py"), "if position ~= ARGV[2] then", "if false then")],
    ),
    "look": Cut(
        "Take out the look for losses on a new connection, and let the ingestor find none",
        [
            Edit(Path("shared/service/redis_access.py"), "        self.doubt.raise_()\n", ""),
            Edit(
                Path("services/market_data/store/quote_store.py"),
                "parts = recovery.lost_parts(stored, entry)",
                "parts = 0",
            ),
        ],
    ),
    "witness": Cut(
        "Let checkers believe what a server says of quotes, whichever process its epoch names",
        [
            Edit(
                Path("services/orders/check/epoch_watch.py"),
                "return named is None or named == epoch.run_id",
                "return True",
            )
        ],
    ),
    "generation": Cut(
        "Take any other owner for a newer one, whatever its generation is",
        [
            Edit(
                Path("shared/commit/source_commit.py"),
                "elif not is_ours and owner and generation >= self.source.generation:",
                "elif not is_ours and owner:",
            ),
            Edit(
                Path("shared/commit/source_commit.py"),
                'return (parse_uint(generation or b"") or 0) < source.generation',
                "return False",
            ),
        ],
    ),
    "pointers": Cut(
        "Let checkers see once a second which limits are active, not with each batch",
        [
            Edit(
                Path("services/orders/check/limits_in_force.py"),
                "        if self._watch.look(pointers):\n",
                "        if False:\n",
            )
        ],
    ),
    "version-memory": Cut(
        "Let a source be judged by lower versions of the limits than before",
        [
            Edit(
                Path("shared/commit/positions.py"),
                "if (tonumber(limits) or 0) > tonumber(ARGV[5]) then",
                "if false then",
            ),
            Edit(
                Path("services/orders/check/limits_in_force.py"),
                "        if version <= max(self.number, self._accepted):\n",
                "        if True:\n",
            ),
        ],
    ),
    "server-clock": Cut(
        "Write down times by the machine's clock",
        [
            Edit(
                Path("shared/redis/server_clock.py"),
                "return _monotonic_us() + self._offset_us",
                "return now_us()",
            ),
        ],
    ),
}
"""By name."""


def copy_services(root: Path, copy: Path, *, without: str | None = None, portion: int | None = None) -> None:
    """Copy the packages of the services.

    Args:
        root: of the repository.
        copy: where they go.
        without: the name of what is taken out, one of `CUTS`.
        portion: how many effects a chunk of a commit holds; as many as usual without it.

    Raises:
        LookupError: a text that has to be edited is not where it was.
    """
    for package in _PACKAGES:
        shutil.copytree(root / package, copy / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    for path in _BESIDES:
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / path, copy / path)
    edits = [*CUTS[without].edits] if without else []
    if portion is not None:
        edits.append(_portion(portion))
    for edit in edits:
        apply_edit(edit, copy / edit.file)


def _portion(effects: int) -> Edit:
    """Smaller chunks of commits."""
    text = "EFFECTS_A_CHUNK: Final = "
    return Edit(Path("shared/commit/chunks.py"), f"{text}1000\n", f"{text}{effects}\n")


def apply_edit(edit: Edit, path: Path) -> None:
    """Make an edit in a copy of its file.

    Raises:
        LookupError: the text is not there exactly once.
    """
    text = path.read_text()
    if text.count(edit.text) != 1:
        raise LookupError(f"{edit.file} has not exactly one {edit.text!r}")
    path.write_text(text.replace(edit.text, edit.instead))
