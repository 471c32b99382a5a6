"""`forget`."""

import argparse
import sys

from dev.commands.account import add_account, tables_of
from sspr_core.model.ids import UserId, tenant_id


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("forget", help="one user's name and addresses out of the tables")
    words.add_argument("tenant", type=tenant_id, help="the tenant's id")
    words.add_argument("user", type=tenant_id, help="the user's object id")
    add_account(words, "table")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError

    from dev.forget import StillSending, forget

    try:
        with tables_of(arguments) as tables:
            done = forget(tables, arguments.tenant, UserId(arguments.user))
    except (AzureError, StillSending) as error:
        print(f"forget: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"{count} rows of {name}" for name, count in done.items() if count) or "Nothing is known of them.")
    return 0
