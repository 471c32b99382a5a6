"""`python -m dev.commands.guard -- COMMAND …`: runs a program and ends it when the parent process ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dev.processes import ask_for_a_signal, exit_with_parent

_ENDING = {signal.SIGTERM, signal.SIGINT}
_PATIENCE = 3  # seconds for the command to end by itself


class _ToldToEnd(Exception):
    """Raised by a signal. Waiting for the child inside the handler would deadlock with the wait outside."""


def main(command: list[str]) -> int:
    """Returns the command's exit code. Ends the command when this process gets a signal or its parent is gone."""
    for number in _ENDING:
        signal.signal(number, _stop)
    child = None
    try:
        with _held_back():  # a signal during the start would leave an orphan
            exit_with_parent()
            child = _start(command)
        return child.wait()
    except _ToldToEnd:
        if child:
            _end(child)
        return 0


@contextmanager
def _held_back() -> Iterator[None]:
    """Delays signals until the block ends."""
    if sys.platform == "win32":
        yield
        return
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    if sys.platform == "win32":
        return subprocess.Popen(command, stdin=subprocess.DEVNULL)
    guard = os.getpid()

    def prepare() -> None:
        """Runs in the child: unblocks signals. On Linux only, the system sends it a signal when the guard is killed."""
        ask_for_a_signal()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        if os.getppid() != guard:
            os._exit(1)

    # After a fork beside threads little is safe, but our only other thread just sleeps.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=prepare)  # noqa: PLW1509


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # ignore further signals
    raise _ToldToEnd


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()  # the caller may rely on its ports being free


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
