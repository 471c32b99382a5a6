"""Queue clients by the name of a connection setting, in either of its forms."""

import os
from typing import Any

from azure.identity.aio import DefaultAzureCredential
from azure.storage.queue.aio import QueueClient


def queue_client(connection: str, name: str) -> QueueClient:
    """A client from a connection string, or from `NAME__queueServiceUri` with the machine's identity. Raises ValueError
    without either.

    Retries are few and short: the listener retries by itself.
    """
    retries: dict[str, Any] = {
        "retry_total": 1,
        "initial_backoff": 0.2,
        "increment_base": 0,
        "random_jitter_range": 0.1,
    }
    if text := os.environ.get(connection):
        return QueueClient.from_connection_string(text, name, **retries)
    if uri := os.environ.get(f"{connection}__queueServiceUri"):
        return QueueClient(uri, name, credential=DefaultAzureCredential(), **retries)
    raise ValueError(f"the setting {connection} (or {connection}__queueServiceUri) is missing")
