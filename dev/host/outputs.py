"""Sends the messages that functions return through a queue output binding."""

import base64
import contextlib
import json
from dataclasses import dataclass, field

from azure.core.exceptions import ResourceExistsError
from azure.storage.queue.aio import QueueClient

from dev.host.messages import TypedData
from dev.host.settings import expanded
from dev.host.storage import queue_client
from dev.host.worker import Function, Result


@dataclass(frozen=True, slots=True)
class Outputs:
    """Sends queue outputs, in base64 as the platform does."""

    base64: bool
    _clients: dict[tuple[str, str], QueueClient] = field(default_factory=dict)

    async def send(self, function: Function, result: Result) -> None:
        for binding in function.outputs("queue"):
            data = result.return_value if binding["name"] == "$return" else result.outputs.get(binding["name"])
            if data is None:
                continue
            client = await self._client(binding["connection"], expanded(binding["queueName"]))
            for text in texts(data):
                await client.send_message(encoded(text) if self.base64 else text)

    async def _client(self, connection: str, name: str) -> QueueClient:
        if (connection, name) not in self._clients:
            client = queue_client(connection, name)
            with contextlib.suppress(ResourceExistsError):
                await client.create_queue()
            self._clients[connection, name] = client
        return self._clients[connection, name]

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def texts(data: TypedData) -> list[str]:
    """The messages in an output: one text, or a list; of a message object only the body is used."""
    match data.WhichOneof("data"):
        case "string":
            return [data.string]
        case "bytes":
            return [data.bytes.decode()]
        case "json":
            content = json.loads(data.json)
            return [_text(one) for one in (content if isinstance(content, list) else [content])]
    return []


def _text(one: object) -> str:
    if isinstance(one, dict) and set(one) == {"id", "body"}:
        return str(one["body"])
    return one if isinstance(one, str) else json.dumps(one)
