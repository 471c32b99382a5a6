"""`backup` and `restore`."""

import argparse
import sys
import zlib
from pathlib import Path

from dev.commands.account import add_account, tables_of
from dev.surroundings import here


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    for name, said in (
        ("backup", "the app's tables into a file"),
        ("restore", "what a backup holds back into the tables, but for runs"),
    ):
        words = parsers.add_parser(name, help=said)
        words.add_argument("file", type=here, help="compressed lines of JSON; holds personal data")
        add_account(words, "table")
        words.set_defaults(run=run, work=name)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError

    from admin.backup import restore, save

    file: Path = arguments.file
    try:
        with tables_of(arguments) as tables:
            counts = save(tables, file) if arguments.work == "backup" else restore(tables, file)
    except (AzureError, OSError, EOFError, zlib.error, ValueError) as error:  # the last three: file damaged or foreign
        print(f"{arguments.work}: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"{count:>9,} rows of {name}" for name, count in counts.items()))
    return 0
