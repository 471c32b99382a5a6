"""Sends telemetry before an invocation ends: an idle instance is killed, and its unsent telemetry is lost."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

log = logging.getLogger(__name__)


class Flushing:
    """Flushes one at a time in its own thread; all callers that wait share the next flush.

    `flush` blocks until the collected telemetry is sent. `every`: seconds between flushes without a caller; None: no
    such flushes. `within`: seconds that a caller waits at most.
    """

    def __init__(self, flush: Callable[[], None], *, every: float | None, within: float) -> None:
        self._flush, self._every, self._within = flush, every, within
        self._turn = threading.Lock()
        self._wanted = threading.Event()
        self._next: Future[None] = Future()  # of the next flush, which has not begun
        self._thread: threading.Thread | None = None
        self._closing = False
        self._in_trouble = False
        if every is not None:
            with self._turn:
                self._works()

    async def wait(self) -> None:
        """Return when a flush that began after this call has ended, or after `within`. Raises nothing.

        A flush that is already running does not count: it may have collected before the caller counted. Does not
        wait while closing, or when the thread cannot start.
        """
        with self._turn:
            if self._closing or not self._works():
                return
            following = self._next
            self._wanted.set()
        done, _ = await asyncio.wait({asyncio.wrap_future(following)}, timeout=self._within)
        if not done:
            self._say(f"not within {self._within:g} s")

    def close(self) -> None:
        """Flush what is left, for at most `within`, and end the thread."""
        with self._turn:
            self._closing = True
            self._wanted.set()
        if self._thread:
            self._thread.join(self._within)

    def _works(self) -> bool:
        """Whether the thread runs; starts it if needed. Call it with the lock held."""
        if self._thread is None:
            thread = threading.Thread(target=self._work, name="telemetry", daemon=True)
            try:
                thread.start()
            except RuntimeError as error:  # the process is ending, or has too many threads
                self._say(repr(error))
                return False
            self._thread = thread
        return True

    def _work(self) -> None:
        while True:
            self._wanted.wait(self._every)
            with self._turn:
                now, self._next = self._next, Future()
                self._wanted.clear()
                last = self._closing  # everyone who waits has `now`: later callers do not wait
            awaited = now.set_running_or_notify_cancel()  # from here on no waiter can cancel it for the others
            begun = time.monotonic()
            try:
                self._flush()
            except Exception as error:  # the SDK has no error class of its own, and telemetry must not fail the work
                self._say(repr(error))
            else:
                if time.monotonic() - begun < self._within:
                    self._in_trouble = False
            if awaited:
                now.set_result(None)
            if last:
                return

    def _say(self, what: str) -> None:
        """Log it once, until a flush succeeds."""
        if not self._in_trouble:
            self._in_trouble = True
            log.warning("metrics and spans were not sent: %s; this is logged once until they are", what)


class Seldom(logging.Filter):
    """Passes each kind of message once in `every` seconds: exporters log every failure."""

    def __init__(self, every: float = 600) -> None:
        super().__init__()
        self._every = every
        self._last: dict[object, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now - self._last.get(record.msg, -self._every) < self._every:
            return False
        self._last[record.msg] = now
        return True
