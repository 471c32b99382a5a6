"""`python -m dev.commands.guard -- COMMAND …`: runs a program that knows nothing of parents, and takes it along."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from dev.processes import ask_for_a_signal, exit_with_parent

_ENDING = {signal.SIGTERM, signal.SIGINT}
_PATIENCE = 3  # seconds that the command has to end by itself


class _ToldToEnd(Exception):
    """By a signal. Raised, since waiting for the child inside the handler would meet the lock of the wait outside."""


def main(command: list[str]) -> int:
    """The command's exit code. When this process is told to end, or its parent is gone, the command ends too."""
    for number in _ENDING:
        signal.signal(number, _stop)
    child = None
    try:
        with _held_back():  # a signal in the middle of starting would leave a child that nobody knows
            exit_with_parent()
            child = _start(command)
        return child.wait()
    except _ToldToEnd:
        if child:
            _end(child)
        return 0


@contextmanager
def _held_back() -> Iterator[None]:
    """Signals that come meanwhile are heard at the end."""
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
        """In the child: it hears signals again; Linux, and only Linux, sends it one when the guard is killed."""
        ask_for_a_signal()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        if os.getppid() != guard:
            os._exit(1)

    # After a fork beside threads little is safe, but our one other thread only sleeps.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=prepare)  # noqa: PLW1509


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise _ToldToEnd


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()  # whoever waits for us may count on its ports being free


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
