"""Which processes that a test started, directly or not, are still running."""

import psutil

from tests.dev.sample import eventually


def descendants(pid: int) -> list[psutil.Process]:
    return list(psutil.Process(pid).children(recursive=True))


def lives(process: psutil.Process) -> bool:
    """A zombie, which waits for its parent to collect it, does not count as alive."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def all_gone(processes: list[psutil.Process], *, within: float = 30) -> None:
    """Asserts that there were some and that all end in time; kills those that do not."""
    assert processes
    try:
        eventually(lambda: not any(map(lives, processes)), within=within)
    finally:
        for one in filter(lives, processes):
            one.kill()


def marked(word: str) -> list[psutil.Process]:
    """Running processes whose environment contains the word: all descendants of one that had it."""
    found = []
    for process in psutil.process_iter():
        try:
            if word in process.environ().values() and lives(process):
                found.append(process)
        except psutil.Error:
            continue
    return found
