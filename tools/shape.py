"""The shape of the product's code as a table, a column a revision: `python tools/shape.py REVISION...`.

What counts is the Python of the distributions (`client`, `services`, `shared`), without `__init__.py`.
"""

import ast
import statistics
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Final

_ROOT: Final = Path(__file__).parent.parent
_PARTS: Final = ("client", "services", "shared")
_NOW: Final = "now"

Function = ast.FunctionDef | ast.AsyncFunctionDef


def main() -> None:
    """Print the table."""
    revisions = [*sys.argv[1:], _NOW]
    columns = [_measures(_sources(revision)) for revision in revisions]
    print(f"| | {' | '.join(revisions)} |")
    print(f"| --- |{' ---: |' * len(revisions)}")
    for name in columns[0]:
        print(f"| {name} | {' | '.join(column[name] for column in columns)} |")


def _sources(revision: str) -> Mapping[PurePosixPath, str]:
    """The text of each module of a revision, or of those that lie here."""
    if revision == _NOW:
        paths = [path.relative_to(_ROOT) for part in _PARTS for path in (_ROOT / part).rglob("*.py")]
        texts = {PurePosixPath(path): (_ROOT / path).read_text() for path in paths}
    else:
        names = _git("ls-tree", "-r", "--name-only", revision, "--", *_PARTS).splitlines()
        texts = {PurePosixPath(name): _git("show", f"{revision}:{name}") for name in names}
    return {path: text for path, text in texts.items() if path.suffix == ".py" and path.name != "__init__.py"}


def _git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(_ROOT), *words], check=True, capture_output=True, text=True)  # noqa: S607
    return done.stdout


def _measures(sources: Mapping[PurePosixPath, str]) -> dict[str, str]:
    trees = {path: ast.parse(text) for path, text in sources.items()}
    lines = [len(text.splitlines()) for text in sources.values()]
    functions = [node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, Function)]
    lengths = sorted((each.end_lineno or each.lineno) - each.lineno + 1 for each in functions)
    return {
        "modules of product code": f"{len(sources)}",
        "modules in the fullest folder": f"{max(Counter(path.parent for path in sources).values())}",
        "lines of the median and the longest module": f"{statistics.median_high(lines)}, {max(lines)}",
        "lines of a function, median and 95th percentile": (
            f"{statistics.median_high(lengths)}, {lengths[len(lengths) * 95 // 100]}"
        ),
        "parameters, at most": f"{max(map(_parameters, functions))}",
        "modules in circles of imports": f"{len(_in_circles(_imports(trees)))}",
    }


def _parameters(function: Function) -> int:
    """How many a caller can give."""
    given = function.args
    names = [each.arg for each in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in {"self", "cls"}])


def _imports(trees: Mapping[PurePosixPath, ast.Module]) -> dict[str, set[str]]:
    """Which modules of ours each one imports."""
    names = {path: ".".join(path.with_suffix("").parts).removeprefix("client.") for path in trees}
    ours = set(names.values())
    return {names[path]: ours.intersection(_imported(tree)) for path, tree in trees.items()}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def _in_circles(imports: Mapping[str, set[str]]) -> Sequence[str]:
    """The modules that lie on a circle, or between two."""
    left = set(imports)
    while True:
        imported = {each for name in left for each in imports[name]}
        kept = {name for name in left if imports[name] & left and name in imported}
        if kept == left:
            return sorted(left)
        left = kept


if __name__ == "__main__":
    main()
