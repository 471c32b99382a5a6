"""Children that do not outlive their parent, also when the parent is killed."""

import ctypes
import os
import signal
import sys
import threading
import time

STARTED_BY = "SSPR_DEV_STARTED_BY"  # the parent's number, when the parent says it
_PR_SET_PDEATHSIG = 1


def exit_with_parent() -> None:
    """Call first thing in a child's main: the process ends within a second when its parent is gone.

    Linux tells by a signal; elsewhere, and for the moment before it was asked to, a thread watches. A parent that
    was killed while this process was still importing is only missed when it said its number.
    """
    parent = os.getppid()
    if (said := os.environ.pop(STARTED_BY, "")) and os.name == "posix":
        parent = int(said)
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
