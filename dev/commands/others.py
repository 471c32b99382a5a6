"""`up`, `cloud` and `fire`."""

import argparse
import json
import signal
import sys
import threading
import urllib.error
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console

from dev.azurite import ROOT
from dev.commands import stack
from dev.commands.demo import _as_interrupt
from dev.commands.progress import Api


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    up = parsers.add_parser("up", help="the app with your own settings (local.settings.json)")
    up.add_argument("--settings", type=Path, default=ROOT / "local.settings.json")
    up.add_argument("--storage", metavar="CONNECTION_STRING", help="in place of Azurite and of the settings' own")
    up.add_argument("--port", type=int, default=7071)
    up.set_defaults(run=run_up)
    more = "takes the options of python -m dev.cloud"
    cloud = parsers.add_parser("cloud", help="the simulated Microsoft cloud alone", description=f"{more}, see its -h")
    cloud.set_defaults(run=run_cloud, takes_more=True)  # argparse.REMAINDER would refuse them: they come first
    fire = parsers.add_parser("fire", help="run one function now")
    fire.add_argument("name", help="of the function, for example schedule_snapshots")
    fire.add_argument("--url", default="http://127.0.0.1:7071", help="of the host")
    fire.set_defaults(run=run_fire)


def run_up(arguments: argparse.Namespace) -> int:
    """The host with settings of a file; Azurite beside it when they ask for development storage."""
    console = Console()
    if not arguments.settings.is_file():
        console.print(f"[red]{arguments.settings} is missing: copy local.settings.sample.json and fill it in.[/red]")
        return 2
    values = json.loads(arguments.settings.read_text()).get("Values", {})
    own = values.get("SSPR_STORAGE", "") not in ("", "UseDevelopmentStorage=true")
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with ExitStack() as parts:
            storage = arguments.storage
            if not storage and not own:
                storage = parts.enter_context(stack.azurite(stack.LOCAL / "azurite-up")).connection
            given = {"SSPR_STORAGE": storage, "AzureWebJobsStorage": storage} if storage else {}
            host_arguments = ["--settings", str(arguments.settings.resolve()), "--port", str(arguments.port)]
            described = parts.enter_context(
                stack.host([*host_arguments, "--state-dir", str(stack.LOCAL / "host-up")], given)
            )
            console.print(f"{described['url']}/api/v1/docs\nLogs: {stack.LOCAL / 'logs'}\nCtrl+C ends everything.")
            threading.Event().wait()
    except stack.StackError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def run_cloud(arguments: argparse.Namespace) -> int:
    """The simulated cloud until Ctrl+C; prints the settings with which an app reaches it."""
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with stack.cloud([one for one in arguments.rest if one != "--"]) as described:
            for name, value in stack.app_settings(described, "UseDevelopmentStorage=true").items():
                print(f"{name}={value}")
            sys.stdout.flush()
            threading.Event().wait()
    except stack.StackError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def run_fire(arguments: argparse.Namespace) -> int:
    try:
        Api(arguments.url).fire(arguments.name)
    except urllib.error.HTTPError as error:
        print(f"{arguments.name}: the host answered {error.code}; is there a function of that name?", file=sys.stderr)
        return 1
    except urllib.error.URLError:
        print(f"No host answers at {arguments.url}; start one with make up or make demo.", file=sys.stderr)
        return 1
    return 0
