"""Folders that keep what a command stored, for the next time; one command at a time has one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.bootstrap import is_ours
from dev.commands.parts import LOCAL


@contextmanager
def kept(name: str) -> Iterator[Path | None]:
    """The folder of that name while nobody else may have it; None when somebody has."""
    folder = LOCAL / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        yield folder if is_ours(lock.fileno()) else None
