"""Calling a function: counted, timed, logged; its queue outputs sent."""

import asyncio
import logging
import time
import traceback
from dataclasses import dataclass

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

    async def call(self, function: Function, data: TypedData, metadata: dict[str, TypedData] | None = None) -> Result:
        """The function's result. Raises FunctionFailed, also when its time is up or an output cannot be sent."""
        counts = self.status.of(function.name)
        counts.running += 1
        counts.runs += 1
        begun = time.monotonic()
        try:
            async with asyncio.timeout(self.settings.function_timeout.total_seconds()):
                result = await call(function, data, metadata)
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
