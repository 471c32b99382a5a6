"""`forget`."""

import argparse
import sys

from sspr_core.model.ids import UserId, tenant_id


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("forget", help="one user's name and addresses out of the tables")
    words.add_argument("tenant", type=tenant_id, help="the tenant's id")
    words.add_argument("user", type=tenant_id, help="the user's object id")
    where = words.add_mutually_exclusive_group(required=True)
    where.add_argument(
        "--tables", metavar="ADDRESS", help="https://ACCOUNT.table.core.windows.net, as you are (az login)"
    )
    where.add_argument("--storage", metavar="CONNECTION_STRING", help="for Azurite, or where keys are allowed")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from azure.core.exceptions import AzureError  # a second that the other commands need not wait for
    from azure.data.tables import TableServiceClient
    from azure.identity import DefaultAzureCredential

    from dev.forget import StillSending, forget

    if arguments.storage:
        tables = TableServiceClient.from_connection_string(arguments.storage, retry_total=3)
    else:
        tables = TableServiceClient(arguments.tables, credential=DefaultAzureCredential(), retry_total=3)
    try:
        with tables:
            done = forget(tables, arguments.tenant, UserId(arguments.user))
    except (AzureError, StillSending) as error:
        print(f"forget: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"{count} rows of {name}" for name, count in done.items() if count) or "Nothing is known of them.")
    return 0
