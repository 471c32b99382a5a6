"""Loading the app through Microsoft's worker library, compared with an app of as many empty functions."""

import shutil
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.figure import Figure
from bench.rounds import in_turn
from bench.size import Size
from bench.stage import Stage
from dev.azurite import ROOT
from dev.commands.parts import Parts

NAME = "loading"


async def measure(_stage: Stage, size: Size) -> Figure:
    """Seconds from a new interpreter to indexed functions."""
    with tempfile.TemporaryDirectory() as folder:
        empty = Path(folder)
        count = load(ROOT)[1]
        write_empty_app(empty, count)
        if load(empty)[1] != count:
            raise RuntimeError("the empty app has another number of functions")
        found = await in_turn(
            3 * size.rounds, {"ours": partial(seconds_to_load, ROOT), "limit": partial(seconds_to_load, empty)}
        )
    return Figure(
        name=NAME,
        title=f"Loading {count} functions through the worker library",
        unit="s",
        ours=found["ours"],
        limit=found["limit"],
        goal_limit=1.5,
    )


async def seconds_to_load(folder: Path) -> float:
    return load(folder)[0]


def load(folder: Path) -> tuple[float, int]:
    """Seconds, and the number of functions."""
    begun = time.perf_counter()
    with Parts() as parts:
        part = parts.start("load", [sys.executable, "-m", "bench.load_app", str(folder)])
        count = part.ready_line()["functions"]
        taken = time.perf_counter() - begun
        part.process.wait(timeout=30)
    return taken, count


def write_empty_app(folder: Path, count: int) -> None:
    """The minimum: an app with functions that do nothing."""
    shutil.copy(ROOT / "host.json", folder)
    lines = ["import azure.functions as func", "app = func.FunctionApp()"]
    for number in range(count):
        lines += [f"@app.route(route='r{number}')", f"def f{number}(req: func.HttpRequest) -> str:", "    return ''"]
    (folder / "function_app.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
