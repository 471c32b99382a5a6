"""Options for the storage account that a command works on, and the identity it uses."""

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient
    from azure.storage.queue import QueueServiceClient


def add_account(words: argparse.ArgumentParser, service: str) -> None:
    """Options for its tables (`table`) or its queues (`queue`)."""
    where = words.add_mutually_exclusive_group(required=True)
    address = f"https://ACCOUNT.{service}.core.windows.net"
    where.add_argument(f"--{service}s", dest="address", metavar="ADDRESS", help=f"{address}, as you are (az login)")
    where.add_argument("--storage", metavar="CONNECTION_STRING", help="for Azurite, or where keys are allowed")


def tables_of(arguments: argparse.Namespace) -> "TableServiceClient":
    from azure.data.tables import TableServiceClient  # takes half a second to import; the other commands do not need it
    from azure.identity import DefaultAzureCredential

    if arguments.storage:
        return TableServiceClient.from_connection_string(arguments.storage)
    return TableServiceClient(arguments.address, credential=DefaultAzureCredential())


def queues_of(arguments: argparse.Namespace) -> "QueueServiceClient":
    from azure.identity import DefaultAzureCredential
    from azure.storage.queue import QueueServiceClient

    if arguments.storage:
        return QueueServiceClient.from_connection_string(arguments.storage, retry_total=0)
    return QueueServiceClient(arguments.address, credential=DefaultAzureCredential(), retry_total=0)
