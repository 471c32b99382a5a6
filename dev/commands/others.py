"""`up`, `cloud` and `fire`."""

import argparse
import os
import sys
import urllib.error
from collections.abc import Mapping

from rich.console import Console

from dev.azurite import ROOT
from dev.commands import stack
from dev.commands.api import Api
from dev.commands.demo import told_to_end, until_told
from dev.commands.kept import kept
from dev.commands.parts import LOCAL, Parts, StackError, run_folder
from dev.host.settings import file_values
from dev.surroundings import here

_DEVELOPMENT = "UseDevelopmentStorage=true"
_ADDRESSES = ("SSPR_STORAGE__tableServiceUri", "SSPR_STORAGE__queueServiceUri")


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = parsers.add_parser("up", help="the app with your own settings (local.settings.json)")
    up.add_argument("--settings", type=here, default=ROOT / "local.settings.json")
    up.add_argument("--storage", metavar="CONNECTION_STRING", help="in place of Azurite and of the settings' own")
    up.add_argument("--port", type=int, default=7071)
    up.set_defaults(run=run_up)
    more = "takes the options of python -m dev.cloud"
    cloud = parsers.add_parser("cloud", help="the simulated Microsoft cloud alone", description=f"{more}, see its -h")
    cloud.set_defaults(run=run_cloud, takes_more=True)  # argparse.REMAINDER would refuse options as first arguments
    fire = parsers.add_parser("fire", help="run one function now")
    fire.add_argument("name", help="of the function, for example schedule_snapshots")
    fire.add_argument("--url", default="http://127.0.0.1:7071", help="of the host")
    fire.set_defaults(run=run_fire)


def run_up(arguments: argparse.Namespace) -> int:
    """Runs the host with the settings of a file, and Azurite beside it when they use development storage."""
    console = Console()
    if not arguments.settings.is_file():
        console.print(f"[red]{arguments.settings} is missing: copy local.settings.sample.json and fill it in.[/red]")
        return 2
    try:
        given = file_values(arguments.settings) | os.environ  # as the host reads them: the shell's values win
    except ValueError as error:
        console.print(str(error), style="red", markup=False, soft_wrap=True)
        return 2
    with told_to_end():
        try:
            _up(arguments, console, given)
        except StackError as error:
            console.print(str(error), style="red", markup=False, highlight=False)
            return 1
        except KeyboardInterrupt:
            return 130
        return 0


def _up(arguments: argparse.Namespace, console: Console, given: Mapping[str, str]) -> None:
    with kept("up") as folder, Parts() as parts:
        storage = arguments.storage
        if not storage and not has_own_storage(given):
            if folder is None:
                raise StackError(f"Another make up keeps its data in {LOCAL / 'up'}; give this one --storage.")
            storage = stack.azurite(parts, folder / "azurite").connection
        state = (folder or run_folder()) / "host"
        of_host = [f"--settings={arguments.settings}", f"--port={arguments.port}", f"--state-dir={state}"]
        described = stack.host(parts, of_host, storage_settings(given, storage))
        where = f"{described['url']}/api/v1/docs\nLogs: {parts.logs}\nCtrl+C ends everything."
        until_told(parts, lambda: console.print(where, soft_wrap=True, highlight=False))


def has_own_storage(given: Mapping[str, str]) -> bool:
    """Whether the settings name an account: by a connection string, or by addresses for an identity."""
    return given.get("SSPR_STORAGE", "") not in ("", _DEVELOPMENT) or bool(given.get(_ADDRESSES[0]))


def storage_settings(given: Mapping[str, str], storage: str | None) -> dict[str, str]:
    """The settings that must change so that the app uses `storage`; None: keep the settings' own."""
    if storage:
        return {"SSPR_STORAGE": storage, "AzureWebJobsStorage": storage, **dict.fromkeys(_ADDRESSES, "")}
    by_address = given.get(_ADDRESSES[0]) and given.get("SSPR_STORAGE") == _DEVELOPMENT  # the sample's value, unchanged
    return {"SSPR_STORAGE": ""} if by_address else {}


def run_cloud(arguments: argparse.Namespace) -> int:
    """Runs the simulated cloud until Ctrl+C; prints the settings with which an app connects to it."""
    with told_to_end():
        try:
            with Parts() as parts:
                described = stack.cloud(parts, [one for one in arguments.rest if one != "--"])
                settings = stack.app_settings(described, _DEVELOPMENT)
                until_told(parts, lambda: print("\n".join(f"{name}={value}" for name, value in settings.items())))
        except StackError as error:
            print(error, file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            return 130
        return 0


def run_fire(arguments: argparse.Namespace) -> int:
    try:
        Api(arguments.url).fire(arguments.name)
    except urllib.error.HTTPError as error:
        why = error.read().decode() if error.headers.get_content_type() == "text/plain" else ""
        print(f"{arguments.name}: {why or f'the host answered {error.code}'}", file=sys.stderr)
        return 1
    except urllib.error.URLError:
        print(f"No host answers at {arguments.url}; start one with make up or make demo.", file=sys.stderr)
        return 1
    return 0
