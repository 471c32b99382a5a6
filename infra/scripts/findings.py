"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it is good, and what was seen."""

    what: str
    good: bool
    seen: str

    def line(self) -> str:
        return f"{'ok  ' if self.good else 'FAIL'}  {self.what}: {self.seen}"
