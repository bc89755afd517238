"""What a sending command shows while it runs: something that moves on a terminal, nothing elsewhere."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from shared.base.printable import printable


@contextmanager
def progress_bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Show a bar; gives the function that says how many frames are done."""
    if not sys.stderr.isatty():
        yield lambda _done: None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs rich, which is slow to load
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    counts = TextColumn("{task.completed:,.0f} of {task.total:,.0f} frames, {task.fields[rate]:,.0f}/s")
    title_column, clock = TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(title_column, BarColumn(), counts, clock, console=Console(stderr=True)) as progress:
        task = progress.add_task(printable(title), total=total, rate=0.0)

        def show(done: int) -> None:
            elapsed = progress.tasks[task].elapsed
            progress.update(task, completed=done, rate=done / elapsed if elapsed else 0.0)

        yield show


@contextmanager
def status_line() -> Iterator[Callable[[str], None]]:
    """Show a line that is written over; gives the function that sets it."""
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    from rich.console import Console  # noqa: PLC0415

    console = Console(stderr=True)
    spinner = "dots" if console.encoding.startswith("utf") else "line"
    with console.status("", spinner=spinner) as status:
        yield status.update
