"""Counts of running, finished and failed calls, and the host's errors."""

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(slots=True)
class Counts:
    """Counts of one function. `longest`: seconds, of the finished calls."""

    runs: int = 0
    failures: int = 0
    running: int = 0
    longest: float = 0


@dataclass(slots=True)
class Status:
    """`errors`: by the part that has the problem; empty when all is well."""

    functions: dict[str, Counts] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def of(self, name: str) -> Counts:
        return self.functions.setdefault(name, Counts())

    def as_json(self) -> dict[str, Any]:
        return {
            "state": "Error" if self.errors else "Running",
            "errors": list(self.errors.values()),
            "functions": {name: asdict(counts) for name, counts in self.functions.items()},
        }
