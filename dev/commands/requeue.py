"""`requeue`."""

import argparse
import sys

from sspr_core.model.queues import QUEUES


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("requeue", help="messages that failed five times back to work")
    words.add_argument("queue", choices=QUEUES)
    where = words.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--queues", metavar="ADDRESS", help="https://ACCOUNT.queue.core.windows.net, as you are (az login)"
    )
    where.add_argument("--storage", metavar="CONNECTION_STRING", help="for Azurite, or where keys are allowed")
    words.add_argument("--count", action="store_true", help="only say how many there are")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError  # a second that the other commands need not wait for
    from azure.identity import DefaultAzureCredential
    from azure.storage.queue import QueueServiceClient

    from dev.requeue import requeue

    if arguments.storage:
        queues = QueueServiceClient.from_connection_string(arguments.storage, retry_total=0)
    else:
        queues = QueueServiceClient(arguments.queues, credential=DefaultAzureCredential(), retry_total=0)
    try:
        with queues:
            found = list(requeue(queues, arguments.queue, only_count=arguments.count))
    except AzureError as error:
        print(f"{arguments.queue}: {error.message}", file=sys.stderr)
        return 1
    done = "wait in" if arguments.count else "moved from"
    print("\n".join(f"{one.count} messages {done} {one.source}" for one in found) or "Nothing was ever set aside.")
    return 0
