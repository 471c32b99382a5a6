"""The app with the waits of sending shortened to seconds, and faults that occur only inside a worker's process."""

import asyncio
import json
import os
import random
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.e2e.quick_app import ROOT, real_app

MINUTE, HOUR = 10.0, 60.0  # seconds: the windows of the quotas
MISCHIEF, CLOCK = "SSPR_TESTS_MISCHIEF", "SSPR_TESTS_CLOCK"
MAX_DEQUEUE_COUNT = 5

type _Work = Callable[..., Awaitable[Any]]

# Seconds. B + T + Z + lookup lag + 2σ stays below settle, B + T + 2σ below the lease.
NUMBERS = {
    "budget": 2, "post_timeout": 2, "ask_timeout": 1, "lingering": 1, "clock_error": 0.1, "lookup_lag": 1,
    "lease": 5, "settle": 7, "grace": 7, "horizon": 20, "overdue": 5, "soon": 6,
}  # fmt: skip

FUNCTION_APP = """\
import sys
sys.path.insert(0, {root!r})
from tests.e2e.quick_sending import quickened
app = quickened()
"""


def write(folder: Path) -> Path:
    """Writes an app folder that loads the real app with shortened waits."""
    queues = {
        "batchSize": 8,
        "newBatchThreshold": 4,
        "visibilityTimeout": "00:00:01",
        "maxDequeueCount": MAX_DEQUEUE_COUNT,
        "maxPollingInterval": "00:00:01",
        "messageEncoding": "base64",
    }
    extensions = {"http": {"routePrefix": ""}, "queues": queues}
    folder.mkdir()
    (folder / "function_app.py").write_text(FUNCTION_APP.format(root=str(ROOT)))
    (folder / "host.json").write_text(json.dumps({"version": "2.0", "extensions": extensions}))
    return folder


def quickened() -> object:
    """The real function_app's app; limits outside the settings are shortened here."""
    from sspr_core.model import clock, sending
    from sspr_core.model.backoff import Backoff
    from sspr_core.runs import deliver, pacing, state_machine

    sending.MINUTE, sending.HOUR = timedelta(seconds=MINUTE), timedelta(seconds=HOUR)
    pacing.HOLD_STEPS = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=4))
    deliver._LET_IN_AGAIN = timedelta(seconds=2)
    state_machine._NEXT_QUESTIONS = (timedelta(seconds=1), timedelta(seconds=2))
    for word in os.environ.get(MISCHIEF, "").split():
        _MISCHIEF[word]()
    skew = timedelta(seconds=float(os.environ.get(CLOCK, "0")))
    clock.real = lambda: clock.system_clock() + skew
    return real_app().app


def _twice() -> None:
    """Every message is queued twice."""
    from sspr_core.adapters.queues import Queue

    once = Queue.send

    async def send(self: Queue, texts: Iterable[str], *, after: timedelta) -> None:
        doubled = [text for text in texts for _ in range(2)]
        await once(self, doubled, after=after)

    Queue.send = send  # type: ignore[method-assign]


def _poison() -> None:
    """Every message fails until a copy of it is in the poison queue."""
    from sspr_core.model import queue_messages
    from sspr_core.runs import triggers

    triggers.deliver, triggers.poisoned_email = _failing_until_poison(
        triggers.deliver, triggers.poisoned_email, queue_messages.delivery_in
    )
    triggers.expand, triggers.poisoned_expand = _failing_until_poison(
        triggers.expand, triggers.poisoned_expand, lambda body: (queue_messages.run_in(body),)
    )


def _failing_until_poison(work: _Work, record: _Work, read: Callable[[bytes], Any]) -> tuple[Any, Any]:
    done: set[Any] = set()

    async def working(*what: Any, **said: Any) -> Any:
        if not any(what[: len(one)] == one for one in done):
            raise RuntimeError("as a mistake of ours would")
        return await work(*what, **said)

    async def recording(body: bytes, *what: Any, **said: Any) -> None:
        await record(body, *what, **said)
        done.add(read(body))

    return working, recording


def _linger() -> None:
    """Adds a delay between the claim and the POST."""
    from sspr_core.runs import deliver

    at_once = deliver._claim

    async def claim(*what: Any) -> Any:
        claimed = await at_once(*what)
        await asyncio.sleep(0.3)
        return claimed

    deliver._claim = claim


def _swallow() -> None:
    """Loses the answer of one table write in ten; the SDK writes again, as after a 500."""
    from azure.data.tables.aio import TableClient

    dice = random.Random(17)
    for name in ("create_entity", "update_entity", "submit_transaction"):
        setattr(TableClient, name, _again(getattr(TableClient, name), dice))


def _again(once: _Work, dice: random.Random) -> Any:
    async def write(*what: Any, **said: Any) -> Any:
        done = await once(*what, **said)
        return await once(*what, **said) if dice.random() < 0.1 else done

    return write


def _ponder() -> None:
    """Adds a delay around each write of a report's preparation."""
    from sspr_core.adapters.tables.reports import TablesReports
    from sspr_core.adapters.tables.runs import TablesRuns

    for kind, names in ((TablesRuns, ("save_letter", "accept")), (TablesReports, ("archive", "save_state"))):
        for name in names:
            setattr(kind, name, _slowly(getattr(kind, name)))


def _slowly(once: _Work) -> Any:
    async def write(*what: Any, **said: Any) -> Any:
        await asyncio.sleep(0.2)
        done = await once(*what, **said)
        await asyncio.sleep(0.2)
        return done

    return write


def _unclocked() -> None:
    """Metrics are exported only at an invocation's request, never periodically."""
    from sspr_core.adapters import telemetry

    telemetry._EXPORTED_EVERY = None


_MISCHIEF = {
    "twice": _twice,
    "poison": _poison,
    "linger": _linger,
    "ponder": _ponder,
    "swallow": _swallow,
    "unclocked": _unclocked,
}
