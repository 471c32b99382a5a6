"""Queue triggers: receive, run, delete; after maxDequeueCount failures a message goes to the poison queue.

A poison queue has no poison queue of its own: a message that fails there is hidden for the rest of its lease, then
retried, without end.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
from typing import Any

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from dev.host.calls import Caller
from dev.host.messages import TypedData
from dev.host.outputs import encoded
from dev.host.settings import HostSettings, expanded
from dev.host.storage import queue_client
from dev.host.worker import Function, FunctionFailed

log = logging.getLogger("host.queues")

FIRST_WAIT = 0.1  # seconds between polls of an empty queue; doubled up to maxPollingInterval


class Listener:
    """Listens to one function's queue. A message is invisible for `lease` seconds; it is renewed while it runs."""

    def __init__(self, function: Function, settings: HostSettings, caller: Caller, *, lease: float) -> None:
        self.function = function
        self._settings = settings
        self._caller = caller
        self._lease = lease
        trigger = function.trigger
        self._name = expanded(trigger["queueName"])
        self._queue: QueueClient = queue_client(trigger["connection"], self._name)
        self._poison: QueueClient | None = None
        if not self._name.endswith("-poison"):
            self._poison = queue_client(trigger["connection"], f"{self._name}-poison")
        self._running: set[asyncio.Task[None]] = set()

    async def listen(self, stopping: asyncio.Event) -> None:
        """Runs until `stopping`, then waits up to 10 seconds for running calls. While storage is away it reports that
        and retries.
        """
        wait = FIRST_WAIT
        while not stopping.is_set():
            try:
                received = await self._receive()
                self._caller.status.errors.pop(f"queue {self._name}", None)
            except AzureError as error:
                problem = f"queue {self._name}: storage does not answer ({type(error).__name__})"
                if self._caller.status.errors.get(f"queue {self._name}") != problem:
                    log.warning(problem)
                self._caller.status.errors[f"queue {self._name}"] = problem
                received = 0
            wait = FIRST_WAIT if received else min(wait * 2, self._settings.max_polling_interval.total_seconds())
            await self._pause(stopping, received, wait)
        if self._running:
            await asyncio.wait(self._running, timeout=10)
        await self._queue.close()
        if self._poison:
            await self._poison.close()

    async def _pause(self, stopping: asyncio.Event, received: int, wait: float) -> None:
        """After a full batch, waits for a free slot; otherwise for the polling interval."""
        if received and len(self._running) > self._settings.new_batch_threshold:
            while len(self._running) > self._settings.new_batch_threshold and not stopping.is_set():
                await asyncio.wait(self._running, timeout=1, return_when=asyncio.FIRST_COMPLETED)
        elif not received:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), wait)

    async def _receive(self) -> int:
        """Starts up to one batch of messages; returns how many."""
        if len(self._running) > self._settings.new_batch_threshold:
            return 1
        count = 0
        received = self._queue.receive_messages(
            messages_per_page=self._settings.batch_size,
            max_messages=self._settings.batch_size,
            visibility_timeout=int(self._lease),
        )
        try:
            async for message in received:
                count += 1
                task = asyncio.create_task(self._work(message))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
        except ResourceNotFoundError:
            await self._create(self._queue)
        return count

    async def _work(self, message: QueueMessage) -> None:
        """Handles one message, from body to deletion. After a failure the message comes back when its lease ends."""
        try:
            await self._handle(message)
        except ResourceNotFoundError:
            log.warning("%s: message %s was somebody else's by the end", self.function.name, message.id)
        except AzureError as error:
            log.warning("%s: message %s comes back: %s", self.function.name, message.id, type(error).__name__)

    async def _handle(self, message: QueueMessage) -> None:
        body = self._body(message)
        if body is None or (self._poison and (message.dequeue_count or 0) > self._settings.max_dequeue_count):
            await self._set_aside(message)
            return
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(message, done))
        try:
            await self._caller.call(self.function, TypedData(bytes=body), metadata_of(message))
        except FunctionFailed:
            done.set()
            await renewing
            if self._poison is None or (message.dequeue_count or 0) >= self._settings.max_dequeue_count:
                await self._set_aside(message)
            else:
                again = int(self._settings.visibility_timeout.total_seconds())
                await self._queue.update_message(message, visibility_timeout=again)
        else:
            done.set()
            await renewing
            await self._queue.delete_message(message)
        finally:
            renewing.cancel()

    def _body(self, message: QueueMessage) -> bytes | None:
        """The message's bytes; None when they cannot be decoded."""
        if not self._settings.base64:
            return str(message.content).encode()
        try:
            return base64.b64decode(message.content, validate=True)
        except (binascii.Error, ValueError):
            log.error("%s: message %s is not base64", self.function.name, message.id)
            return None

    async def _renew(self, message: QueueMessage, done: asyncio.Event) -> None:
        """Renews the lease until `done`. Waits for a renewal in progress: deletion needs its receipt."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), self._lease / 2)
                return
            try:
                renewed = await self._queue.update_message(message, visibility_timeout=int(self._lease))
                message.pop_receipt = renewed.pop_receipt
            except AzureError as error:
                log.warning("%s: message %s was not renewed: %s", self.function.name, message.id, error)

    async def _set_aside(self, message: QueueMessage) -> None:
        if self._poison is None:
            log.error("%s: message %s stays where it is, hidden for a while", self.function.name, message.id)
            return
        log.error("%s: message %s goes to %s-poison", self.function.name, message.id, self._name)
        try:
            await self._poison.send_message(message.content)
        except ResourceNotFoundError:
            await self._create(self._poison)
            await self._poison.send_message(message.content)
        await self._queue.delete_message(message)

    @staticmethod
    async def _create(queue: QueueClient) -> None:
        with contextlib.suppress(ResourceExistsError):
            await queue.create_queue()


def metadata_of(message: Any) -> dict[str, TypedData]:
    """The trigger metadata that the platform passes beside the body."""

    def at(value: Any) -> TypedData:
        return TypedData(json=f'"{value.isoformat()}"') if value else TypedData(json="null")

    return {
        "Id": TypedData(string=message.id or ""),
        "DequeueCount": TypedData(json=str(message.dequeue_count or 0)),
        "PopReceipt": TypedData(string=message.pop_receipt or ""),
        "InsertionTime": at(message.inserted_on),
        "ExpirationTime": at(message.expires_on),
        "NextVisibleTime": at(message.next_visible_on),
    }


__all__ = ["Listener", "encoded", "metadata_of"]
