"""Processes a queue as the Functions host does, with host.json's limits and nothing else of the host."""

import asyncio
import base64
from collections.abc import Awaitable, Callable

from azure.storage.queue import QueueMessage
from azure.storage.queue.aio import QueueClient

from dev.azurite import ROOT
from dev.host.settings import host_settings

_INVISIBLE = 600  # seconds


async def drain(queue: QueueClient, count: int, work: Callable[[bytes], Awaitable[None]]) -> None:
    """Processes so many messages: received in batches, passed to `work` several at a time, then deleted."""
    settings = host_settings(ROOT)
    running: set[asyncio.Task[None]] = set()

    async def one(message: QueueMessage) -> None:
        await work(base64.b64decode(message.content))
        await queue.delete_message(message)

    received = 0
    while received < count:
        async for message in queue.receive_messages(
            messages_per_page=settings.batch_size, max_messages=settings.batch_size, visibility_timeout=_INVISIBLE
        ):
            received += 1
            running.add(asyncio.create_task(one(message)))
        while len(running) > settings.new_batch_threshold:
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
    await asyncio.gather(*running)
