"""The peer: a script with the mail service's SDK, as its documentation shows.

One message after the other; `result()` waits for the message's final status.
"""

from collections.abc import Iterable
from typing import Any

from azure.communication.email import EmailClient


def send(connection: str, messages: Iterable[dict[str, Any]]) -> None:
    """Raises when one of them fails."""
    with EmailClient.from_connection_string(connection) as client:
        for message in messages:
            result = client.begin_send(message).result()
            if result["status"] != "Succeeded":
                raise RuntimeError(f"an email failed: {result}")
