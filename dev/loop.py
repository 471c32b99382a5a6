"""The event loop of the local host and of the tests: asyncio's, or uvloop, which Azure's Python 3.13 worker runs."""

import asyncio
import importlib
import os
from collections.abc import Callable

SETTING = "SSPR_DEV_LOOP"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where SSPR_DEV_LOOP is `uvloop`, else None: asyncio's own. Raises ImportError without the package."""
    if os.environ.get(SETTING, "") != "uvloop":
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = importlib.import_module("uvloop").new_event_loop
    return factory
