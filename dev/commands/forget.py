"""`forget` and `forget-customer`."""

import argparse
import sys
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING

from dev.commands.account import add_account, tables_of
from sspr_core.model.ids import UserId, tenant_id

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("forget", help="one user's name and addresses out of the tables")
    words.add_argument("tenant", type=tenant_id, help="the tenant's id")
    words.add_argument("user", type=tenant_id, help="the user's object id")
    add_account(words, "table")
    words.set_defaults(run=run)
    words = parsers.add_parser("forget-customer", help="everything of a customer who has left out of the tables")
    words.add_argument("tenant", type=tenant_id, help="the tenant's id")
    add_account(words, "table")
    words.set_defaults(run=run_customer)


def run(arguments: argparse.Namespace) -> int:
    from admin.forget import forget

    return _told("forget", arguments, lambda tables: forget(tables, arguments.tenant, UserId(arguments.user)))


def run_customer(arguments: argparse.Namespace) -> int:
    from admin.forget_customer import forget_customer

    return _told("forget-customer", arguments, lambda tables: forget_customer(tables, arguments.tenant))


def _told(name: str, arguments: argparse.Namespace, work: "Callable[[TableServiceClient], Counter[str]]") -> int:
    from azure.core.exceptions import AzureError

    from admin.forget import StillSending
    from admin.forget_customer import StillThere

    try:
        with tables_of(arguments) as tables:
            done = work(tables)
    except (AzureError, StillSending, StillThere) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"{count} rows of {name}" for name, count in done.items() if count) or "Nothing is known of them.")
    return 0
