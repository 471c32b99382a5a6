#!/usr/bin/env python3
"""Looks at a deployment from outside: is it well, and does it keep out whom it should? Needs Python 3.9.

    check_deployment.py https://func-x.azurewebsites.net
    check_deployment.py https://func-x.azurewebsites.net --az RESOURCE-GROUP APP-NAME    asks Azure too, through az
    check_deployment.py https://func-x.azurewebsites.net --token "$TOKEN"                also behind the sign-in

A line for each check; ends with 1 when one of them failed.
"""

from __future__ import annotations

import argparse
import sys
from typing import Iterator

import behind
import directory
import outside
from az import AzError, accept_any_character, stop
from doors import doors
from findings import Finding
from web import Site


def findings(site: Site, given: argparse.Namespace) -> Iterator[Finding]:
    all_doors = doors()
    yield from outside.transport(site, local=given.local)
    yield from outside.health(site)
    yield from outside.forged(site, given.tenant)
    yield from outside.closed(site, all_doors)
    if given.token:
        yield from behind.answering(site, all_doors, given.token)
    if given.az:
        app = behind.look_up(*given.az)
        yield from behind.as_azure_has_it(app, all_doors)
        yield from directory.as_entra_has_it(app)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", help="of the app")
    parser.add_argument("--tenant", default="", help="your tenant's id: forged callers then claim to be of it")
    parser.add_argument("--az", nargs=2, metavar=("RESOURCE-GROUP", "APP-NAME"))
    parser.add_argument("--token", help="of an Admin, for this API")
    parser.add_argument("--local", action="store_true", help="on this machine: without TLS")
    accept_any_character()
    given = parser.parse_args(arguments)
    failed = 0
    try:
        for one in findings(Site(given.url.rstrip("/")), given):
            print(one.line(), flush=True)
            failed += not one.good
    except AzError as error:
        return stop(error)
    print(f"{failed} of these checks failed." if failed else "All is as it should be.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
