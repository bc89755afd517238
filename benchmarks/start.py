"""`make bench-start`: from the start of a process until it listens, and where the time goes."""

import os
import re
import subprocess
import sys
import time
from collections import Counter
from typing import Final

import click

from benchmarks import results
from services.cli.local.embedded import Server, find_server

_FREE: Final = ("--listen", "127.0.0.1:0", "--redis")
_SERVICES: Final = {
    "ingest": ("services.market_data", *_FREE),
    "check": ("services.orders", *_FREE),
    "api": ("services.web", *_FREE),
}
_IMPORTS: Final = {
    "ingest": "services.market_data.__main__, services.market_data.ingestor",
    "check": "services.orders.__main__, services.orders.service",
    "api": "services.web.__main__, services.web.server",
}
_LIMITS: Final = {
    "python alone": "pass",
    "python with numpy, redis and click": "import numpy, redis, click",
    "python with fastapi, uvicorn, redis and click": "import fastapi, uvicorn, redis.asyncio, click",
}
_PACKAGES_SHOWN: Final = 8

_import_line: Final = re.compile(r"^import time: +(\d+) \| +\d+ \| +([\w]+)").match


def until_listening_s(module: str, *words: str) -> float:
    """Seconds from the start of a service until it logs that it listens.

    Raises:
        RuntimeError: it does not.
    """
    metrics = () if module == "services.web" else ("--metrics", "127.0.0.1:0")
    command = [sys.executable, "-m", module, *words, *metrics]
    began = time.monotonic()
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if "listening" in line:
                    return time.monotonic() - began
        finally:
            process.terminate()
    raise RuntimeError(f"{module} does not listen")


def run_s(code: str) -> float:
    """Seconds that an interpreter takes for a line of code, from its start to its end."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.monotonic() - began


def import_ms(modules: str) -> dict[str, float]:
    """Milliseconds that importing takes, by top-level package."""
    words = [sys.executable, "-X", "importtime", "-c", f"import {modules}"]
    lines = subprocess.run(words, check=True, capture_output=True, text=True).stderr.splitlines()
    spent_us: Counter[str] = Counter()
    for line in lines:
        if match := _import_line(line):
            spent_us[match[2]] += int(match[1])
    return {package: us / 1000 for package, us in spent_us.most_common()}


@click.command()
@click.option("--runs", default=5, show_default=True, help="How often each is measured, in turn.")
def main(runs: int) -> None:
    """From the start of a process until it listens, and where the time goes."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed service has its bytecode
    seconds: dict[str, list[float]] = {}
    server = Server(find_server()).start()
    try:
        for _ in range(runs):
            for name, code in _LIMITS.items():
                seconds.setdefault(name, []).append(run_s(code))
            for name, (module, *words) in _SERVICES.items():
                seconds.setdefault(name, []).append(until_listening_s(module, *words, server.url))
    finally:
        server.close()
    imports = {name: import_ms(modules) for name, modules in _IMPORTS.items()}
    rows = [
        [name, results.summary([each * 1000 for each in found]).text(),
         results.ratios(found, seconds["python alone"]).text(1)]
        for name, found in seconds.items()
    ]  # fmt: skip
    results.show("From the start of the process until it listens", ("", "ms", "times python alone"), rows)
    for name, packages in imports.items():
        rows = [[package, f"{spent_ms:.0f}"] for package, spent_ms in packages.items()][:_PACKAGES_SHOWN]
        rows.append(["all, under -X importtime, which slows it", f"{sum(packages.values()):.0f}"])
        results.show(f"Imports of {name}", ("package", "ms"), rows)
    results.write("start", {"seconds": seconds, "imports_ms": imports})


if __name__ == "__main__":
    main()
