#!/usr/bin/env python3
"""After a deployment: waits until the app answers and Azure knows all of its functions. Needs Python 3.9 and az.

    after_deploy.py                                     in an azd project: everything is known there
    after_deploy.py --host H --group RG --name APP      elsewhere

Functions that Azure does not know are never started by it: no timer, no queue. Azure learns of them when the app first
runs with the new package; where it does not, it is asked to look again. Ends with 1 when that did not help.
"""

from __future__ import annotations

import argparse
import sys
import time

from az import PAUSE, AzError, accept_any_character, run
from azd_environment import AzdEnvironment
from behind import function_names
from doors import doors
from web import Site

ROUNDS = 12  # of three pauses each: three minutes, and the time that the questions take
HELP = "docs/deploy.md, step 3, says what to do."


def main(arguments: list[str]) -> int:
    """Everything goes to the standard output: azd shows it where the hook fails, and hides it where all is well."""
    accept_any_character()
    try:
        given = _arguments(arguments)
        url = f"https://{given.host}" if "://" not in given.host else given.host
        good = _answers(Site(url, timeout=30)) and _all_there(given)
    except AzError as error:
        print(f"{error}\nThe app is deployed, but could not be looked at. {HELP}")
        return 1
    return 0 if good else 1


def _arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked = {"host": "SSPR_APP_HOST", "group": "AZURE_RESOURCE_GROUP", "name": "SSPR_APP_NAME"}
    for option, name in {**asked, "subscription": "AZURE_SUBSCRIPTION_ID"}.items():
        parser.add_argument(f"--{option}", default="", help=f"azd's {name}, unless given")
    given = parser.parse_args(arguments)
    by_hand = all(getattr(given, option) for option in asked)
    environment = AzdEnvironment(azd=not by_hand, dry_run=False)
    for option, name in {**asked, "subscription": "AZURE_SUBSCRIPTION_ID"}.items():
        if not getattr(given, option) and not by_hand:
            setattr(given, option, environment.get(name))
    missing = [name for option, name in asked.items() if not getattr(given, option)]
    if missing:
        parser.error(f"azd's environment has no {' and no '.join(missing)}: run azd provision, or name the app")
    return given


def _answers(site: Site) -> bool:
    """Whether healthz answers 200, which it does with wrong settings too. The first question starts the new package.

    A refusal is not the app's, which refuses healthz to no caller: the platform gives it without starting the app.
    """
    for number in range(1, ROUNDS + 1):
        answer = site.ask("/healthz")
        if answer.status == 200:
            print(f"{site.url} answers.", flush=True)
            return True
        print(f"{site.url}/healthz: {answer.told()} ({number} of {ROUNDS})", flush=True)
        time.sleep(3 * PAUSE)
    if answer.is_refusal:
        print(f"Sign-in stands in front of /healthz, which infra/auth.bicep leaves open (excludedPaths). {HELP}")
    else:
        print(f"The app does not answer. {HELP}")
    return False


def _all_there(given: argparse.Namespace) -> bool:
    wanted = {door.name for door in doors()}
    for number in range(1, ROUNDS + 1):
        missing = wanted - function_names(given.group, given.name, subscription=given.subscription)
        if not missing:
            print(f"Azure knows all {len(wanted)} functions.", flush=True)
            return True
        print(f"Azure does not know {len(missing)} of {len(wanted)} functions yet ({number} of {ROUNDS})", flush=True)
        if number % 3 == 0:  # the app tells Azure by itself, half a minute after its start
            _look_again(given)
        time.sleep(3 * PAUSE)
    print(f"Azure does not know: {', '.join(sorted(missing))}. {HELP}")
    return False


def _look_again(given: argparse.Namespace) -> None:
    """By the address that the portal's Refresh asks, and the documented one: on Flex Consumption either has failed.

    Azure/azure-functions-host#10169, Azure/functions-action#245. A refusal is shown and not final.
    """
    named = ["--resource-group", given.group, "--name", given.name, "--only-show-errors"]
    named += ["--subscription", given.subscription] if given.subscription else []
    site = run("az", "functionapp", "show", *named, "--query", "id", "--output", "tsv")
    for what in ("host/default/sync", "syncfunctiontriggers"):
        where = f"https://management.azure.com{site}/{what}?api-version=2024-04-01"
        try:
            run("az", "rest", "--method", "post", "--url", where, "--only-show-errors")
            print(f"Azure was asked to look again ({what}).", flush=True)
        except AzError as error:
            print(f"Azure was asked to look again ({what}), and refused: {error}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
