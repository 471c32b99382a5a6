"""`python -m dev.commands.guard -- COMMAND …`: runs a program that knows nothing of parents, and takes it along."""

import os
import signal
import subprocess
import sys
from types import FrameType

from dev.processes import exit_with_parent


def main(command: list[str]) -> int:
    """The command's exit code. When this process is told to end, or its parent is gone, the command ends too."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def stop(_number: int, _frame: FrameType | None) -> None:
        child.terminate()
        try:
            child.wait(timeout=3)
        except subprocess.TimeoutExpired:
            child.kill()
        os._exit(0)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    exit_with_parent()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[sys.argv.index("--") + 1 :]))
