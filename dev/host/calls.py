"""Calling a function: counted, timed, logged; its queue outputs sent."""

import asyncio
import logging
import time
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, cast

from azure.core.exceptions import AzureError

from dev.host.messages import TypedData
from dev.host.outputs import Outputs
from dev.host.settings import HostSettings
from dev.host.status import Status
from dev.host.worker import Function, FunctionFailed, Result, call

log = logging.getLogger("host")


@dataclass(frozen=True, slots=True)
class Caller:
    """Calls functions on behalf of every kind of trigger."""

    settings: HostSettings
    status: Status
    outputs: Outputs
    aborted: asyncio.Event = field(default_factory=asyncio.Event)  # set: everything that was running has failed

    async def call(
        self,
        function: Function,
        data: TypedData,
        metadata: dict[str, TypedData] | None = None,
        *,
        trace_parent: str = "",
    ) -> Result:
        """Returns the function's result.

        Raises FunctionFailed when the function fails, exceeds its time limit, is aborted by a drain, or its output
        cannot be sent.
        """
        counts = self.status.of(function.name)
        counts.running += 1
        counts.runs += 1
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.settings.function_timeout.total_seconds()):
                result = await self._unless_aborted(call(function, data, metadata, trace_parent=trace_parent))
            await self.outputs.send(function, result)
        except TimeoutError as error:
            counts.failures += 1
            log.error("%s: timed out after %s", function.name, self.settings.function_timeout)
            raise FunctionFailed("timed out", "") from error
        except (AzureError, ValueError) as error:
            counts.failures += 1
            log.error("%s: an output was not sent: %s", function.name, error)
            raise FunctionFailed("an output was not sent", traceback.format_exc()) from error
        except FunctionFailed as error:
            counts.failures += 1
            log.error("%s failed: %s\n%s", function.name, error, error.stack)
            raise
        finally:
            counts.running -= 1
            counts.longest = max(counts.longest, time.monotonic() - begun)
        return result

    async def _unless_aborted(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Does not cancel aborted work: the platform is about to kill the process, and no `finally` of the app runs
        then.
        """
        context = cast("asyncio.Task[Any]", asyncio.current_task()).get_context()  # where logs find the call's id
        working = asyncio.get_running_loop().create_task(work, context=context)
        aborting = asyncio.create_task(self.aborted.wait())
        try:
            await asyncio.wait({working, aborting}, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            working.cancel()
            # Cancellation takes effect only when the work has ended.
            await asyncio.wait({working, aborting}, return_when=asyncio.FIRST_COMPLETED)
            if working.done() and not working.cancelled() and (error := working.exception()):
                log.error("a function that was stopped failed at its end: %s", error)
            raise
        finally:
            aborting.cancel()
        if not working.done():
            raise FunctionFailed("aborted, since the host is being drained", "")
        return working.result()
