"""Child processes that end with their parent, even when the parent is killed."""

import ctypes
import os
import signal
import sys
import threading
import time

from dev.surroundings import STARTED_BY

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def exit_with_parent() -> None:
    """Call this first in a child's main: the process ends within a second after its parent is gone.

    Linux sends a signal. On other systems, and before the signal is set up, a thread checks the parent. A parent that
    is killed while this process is still importing is noticed only if it passed its process id.
    """
    parent = _parent()
    ask_for_a_signal()
    _watch(parent)


def exit_with_caller() -> None:
    """The same for processes started by make or a shell, unless they are to stay: by nohup, or in their own session.

    Only checks: Linux sends its signal as soon as the thread that started us ends, and a caller may use threads.
    """
    parent = _parent()
    if os.name == "posix" and not _is_to_stay():
        _watch(parent)


def ask_for_a_signal() -> None:
    """Makes Linux send SIGTERM when the parent is gone. The request survives exec."""
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _parent() -> int:
    said = os.environ.pop(STARTED_BY, "")
    return int(said) if said and os.name == "posix" else os.getppid()


def _is_to_stay() -> bool:
    return os.getsid(0) == os.getpid() or signal.getsignal(signal.SIGHUP) == signal.SIG_IGN


def _watch(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True, name="watch-parent").start()
