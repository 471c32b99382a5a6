"""`python -m bench`: measures every figure, prints them, and writes bench/results/latest.json."""

import argparse
import asyncio
import importlib
import sys
from collections.abc import Sequence

from rich.console import Console

from bench import results
from bench.figure import Figure
from bench.size import FULL, QUICK, Size
from bench.stage import cloud, stage
from bench.table import table
from dev.commands.demo import told_to_end
from dev.processes import exit_with_caller
from dev.surroundings import forget_settings, reach_this_machine

NAMES = (
    "report_pages",
    "first_snapshot",
    "next_snapshot",
    "memory",
    "loading",
    "overview",
    "first_page",
    "overview_page",
    "growth",
    "send_mail",
    "expand_run",
    "run_memory",
    "reports",
)


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    words.add_argument("--quick", action="store_true", help="fewer rounds, fewer tenants: under 4 minutes")
    words.add_argument("--only", choices=NAMES, metavar="NAME", help=f"one of {', '.join(NAMES)}")
    return words


def measured(names: Sequence[str], size: Size, console: Console) -> list[Figure]:
    """Each with storage of its own, and kept as soon as it is there."""
    figures = []
    with cloud(size) as described:
        for number, name in enumerate(names, start=1):
            with stage(described) as place, console.status(f"{number} of {len(names)}: {name} …"):
                figure = importlib.import_module(f"bench.figures.{name}")  # only now: see bench.stage.cloud
                figures.append(asyncio.run(figure.measure(place, size)))
            results.keep(figures[-1], NAMES)
            console.print(f"{name}: {'met' if figures[-1].met else 'missed'}", style="dim")
    return figures


def main(arguments: list[str]) -> int:
    """0, also when a goal is missed: the table says so."""
    chosen = parser().parse_args(arguments)
    size = QUICK if chosen.quick else FULL
    console = Console(width=None if sys.stdout.isatty() else 140)
    with told_to_end():
        try:
            figures = measured([chosen.only] if chosen.only else NAMES, size, console)
        except KeyboardInterrupt:
            return 130
    console.print(table(figures, quick=chosen.quick))
    return 0


if __name__ == "__main__":
    exit_with_caller()
    reach_this_machine()
    forget_settings()
    sys.exit(main(sys.argv[1:]))
