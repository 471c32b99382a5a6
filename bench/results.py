"""Keeps the measured figures in a file for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.figure import Figure

LATEST = Path(__file__).parent / "results" / "latest.json"


def keep(figure: Figure, names: Sequence[str], file: Path = LATEST) -> None:
    """Replaces the figure's earlier value, in the order of `names`; the others stay."""
    known: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else []
    found = {one["name"]: one for one in known} | {figure.name: figure.as_json()}
    file.parent.mkdir(exist_ok=True)
    fresh = file.with_suffix(".fresh")
    fresh.write_text(json.dumps([found[name] for name in names if name in found], indent=2) + "\n", encoding="utf-8")
    fresh.replace(file)  # atomic, even when the run is stopped
