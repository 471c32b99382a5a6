"""Which processes are left of those that a test, or what it started, began."""

import psutil

from tests.dev.sample import eventually


def descendants(pid: int) -> list[psutil.Process]:
    return list(psutil.Process(pid).children(recursive=True))


def lives(process: psutil.Process) -> bool:
    """A process that ended may wait for a parent to ask about it: that is no life."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def all_gone(processes: list[psutil.Process], *, within: float = 30) -> None:
    """Asserts that there were some and soon none of them lives; kills those that do."""
    assert processes
    try:
        eventually(lambda: not any(map(lives, processes)), within=within)
    finally:
        for one in filter(lives, processes):
            one.kill()


def marked(word: str) -> list[psutil.Process]:
    """Living processes whose environment holds the word: whatever was started by one that had it."""
    found = []
    for process in psutil.process_iter():
        try:
            if word in process.environ().values() and lives(process):
                found.append(process)
        except psutil.Error:
            continue
    return found
