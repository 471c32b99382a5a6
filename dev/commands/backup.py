"""`backup` and `restore`."""

import argparse
import sys
from pathlib import Path

from dev.surroundings import here


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, said in (
        ("backup", "the app's tables into a file"),
        ("restore", "what a backup holds back into the tables, but for runs"),
    ):
        words = parsers.add_parser(name, help=said)
        words.add_argument("file", type=here, help="compressed lines of JSON; holds personal data")
        where = words.add_mutually_exclusive_group(required=True)
        where.add_argument(
            "--tables", metavar="ADDRESS", help="https://ACCOUNT.table.core.windows.net, as you are (az login)"
        )
        where.add_argument("--storage", metavar="CONNECTION_STRING", help="for Azurite, or where keys are allowed")
        words.set_defaults(run=run, work=name)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError  # a second that the other commands need not wait for
    from azure.data.tables import TableServiceClient
    from azure.identity import DefaultAzureCredential

    from dev.backup import restore, save

    file: Path = arguments.file
    if arguments.storage:
        tables = TableServiceClient.from_connection_string(arguments.storage, retry_total=3)
    else:
        tables = TableServiceClient(arguments.tables, credential=DefaultAzureCredential(), retry_total=3)
    try:
        with tables:
            counts = save(tables, file) if arguments.work == "backup" else restore(tables, file)
    except (AzureError, OSError) as error:
        print(f"{arguments.work}: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"{count:>9,} rows of {name}" for name, count in counts.items()))
    return 0
