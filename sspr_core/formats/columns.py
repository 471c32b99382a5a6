"""A column of a file: what stands above it, and what is in it for each row."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

type Cell = str | bool | int | float | datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Column[T]:
    """`name` as the API calls it, `heading` for people, `width` in characters."""

    name: str
    heading: str
    width: int
    read: Callable[[T], Cell]
    share: bool = False  # 0 to 1, shown as a percentage where cells have types
