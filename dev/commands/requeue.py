"""`requeue`."""

import argparse
import sys

from dev.commands.account import add_account, queues_of
from sspr_core.model.queue_messages import QUEUES


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("requeue", help="messages that failed ten times back to work")
    words.add_argument("queue", choices=QUEUES)
    add_account(words, "queue")
    words.add_argument("--count", action="store_true", help="only say how many there are")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError

    from admin.requeue import requeue

    try:
        with queues_of(arguments) as queues:
            found = requeue(queues, arguments.queue, only_count=arguments.count)
    except AzureError as error:
        print(f"{arguments.queue}: {error.message}", file=sys.stderr)
        return 1
    done = "wait in" if arguments.count else "moved from"
    print(f"{found.count} messages {done} {found.source}" if found else "Nothing was ever set aside.")
    return 0
