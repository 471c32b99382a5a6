"""The app with waits of minutes shortened to seconds, for hosts that are killed every other second."""

import importlib.util
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent

FUNCTION_APP = """\
import sys
sys.path.insert(0, {root!r})
from tests.e2e.quick_app import quickened
app = quickened()
"""

HOST_JSON = """\
{"version": "2.0", "functionTimeout": "01:00:00", "extensions": {"http": {"routePrefix": ""},
 "queues": {"batchSize": 8, "newBatchThreshold": 4, "visibilityTimeout": "00:00:01", "maxDequeueCount": 50,
            "maxPollingInterval": "00:00:01", "messageEncoding": "base64"}}}
"""


def write(folder: Path) -> Path:
    """Writes an app folder that loads the real app with shortened waits."""
    folder.mkdir()
    (folder / "function_app.py").write_text(FUNCTION_APP.format(root=str(ROOT)))
    (folder / "host.json").write_text(HOST_JSON)
    return folder


def quickened() -> object:
    """The real function_app's app; leases last seconds, message copies come back after one."""
    from sspr_core.adapters.tables import claims
    from sspr_core.model.backoff import Backoff
    from sspr_core.snapshot import concurrency, take, triggers

    concurrency.LEASE = take.LEASE = timedelta(seconds=1.5)
    concurrency.RENEW_WHEN_OLDER = timedelta(seconds=0.5)
    take.AFTER_A_CLAIM = timedelta(seconds=1)
    claims.CLOCK_ERROR = timedelta(seconds=0.2)
    triggers.COPIES = take.COPIES = Backoff(first=timedelta(seconds=1), longest=timedelta(seconds=1))
    return real_app().app


def real_app() -> Any:
    """The module function_app."""
    spec = importlib.util.spec_from_file_location("real_function_app", ROOT / "function_app.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["real_function_app"] = module
    spec.loader.exec_module(module)
    return module
