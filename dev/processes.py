"""Children that do not outlive their parent, also when the parent is killed."""

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
    """Call first thing in a child's main: the process ends within a second when its parent is gone.

    Linux tells by a signal; elsewhere, and for the moment before it was asked to, a thread watches. A parent that
    was killed while this process was still importing is only missed when it said its number.
    """
    parent = _parent()
    ask_for_a_signal()
    _watch(parent)


def exit_with_caller() -> None:
    """The same for what make or a shell started, unless it was told to stay: by nohup, or a session of its own.

    Only watched: Linux's signal comes already when the thread ends that started us, and a caller may use threads.
    """
    parent = _parent()
    if os.name == "posix" and not _is_to_stay():
        _watch(parent)


def ask_for_a_signal() -> None:
    """From Linux, when the parent is gone: SIGTERM. It lasts through exec."""
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
