"""Folders that keep a command's data for the next run; one command at a time holds the lock of one."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.bootstrap import is_ours
from dev.commands.parts import LOCAL


@contextmanager
def kept(name: str) -> Iterator[Path | None]:
    """The folder of that name, locked; None when another process holds the lock."""
    folder = LOCAL / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        yield folder if is_ours(lock.fileno()) else None
