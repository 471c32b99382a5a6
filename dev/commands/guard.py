"""`python -m dev.commands.guard -- COMMAND …`: runs a program that knows nothing of parents, and takes it along."""

import signal
import subprocess
import sys
from types import FrameType

from dev.processes import exit_with_parent


class _ToldToEnd(Exception):
    """By a signal. Raised, since waiting for the child inside the handler would meet the lock of the wait outside."""


def main(command: list[str]) -> int:
    """The command's exit code. When this process is told to end, or its parent is gone, the command ends too."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _stop)
    child = None
    try:
        exit_with_parent()
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        return child.wait()
    except _ToldToEnd:
        if child:
            _end(child)
        return 0


def _stop(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough
    raise _ToldToEnd


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(timeout=3)
    except subprocess.TimeoutExpired:
        child.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
