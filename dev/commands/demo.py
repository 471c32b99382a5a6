"""`demo`: the whole product on this machine, with a simulated Microsoft cloud."""

import argparse
import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from rich.console import Console

from dev.commands import stack
from dev.commands.api import Api, Json, Patience
from dev.commands.kept import kept
from dev.commands.parts import Parts, StackError, run_folder
from dev.commands.progress import first_snapshots, unread
from dev.commands.table import overview_table, remedies
from dev.surroundings import forget_settings, here


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("demo", help="everything, with a simulated Microsoft cloud", description=__doc__)
    words.add_argument("--once", action="store_true", help="take the first snapshots, show them, and end")
    words.add_argument("--tenants", type=int, default=40)
    words.add_argument("--users", type=int, default=300, help="roughly, per tenant")
    words.add_argument("--seed", type=int, default=1, help="another seed, other customers")
    words.add_argument("--json", type=here, metavar="FILE", help="write what GET /api/v1/overview answered")
    words.add_argument("--record", type=here, metavar="FILE", help="write every exchange with the simulated cloud")
    words.add_argument("--storage", metavar="CONNECTION_STRING", help="a Table and Queue service that already runs")
    words.add_argument("--port", type=int, default=0, help="of the app; any free one unless given")
    words.add_argument("--patience", type=float, default=300, help="seconds until all tenants must have come in")
    words.add_argument("--picture", type=here, metavar="FILE", help="write the table as an SVG picture")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0; 1 when a part fails to start or ends, or a readable tenant was not read; 130 when interrupted before."""
    narrow = arguments.picture or not sys.stdout.isatty()
    console = Console(record=bool(arguments.picture), width=132 if narrow else None)
    forget_settings()
    with told_to_end():
        try:
            return _demo(arguments, console)
        except StackError as error:
            console.print(str(error), style="red", markup=False, highlight=False)
            return 1
        except KeyboardInterrupt:
            return 130


@contextmanager
def told_to_end() -> Iterator[None]:
    """Makes SIGTERM end a command as Ctrl+C does."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        handler = signal.getsignal(signal.SIGINT)  # asyncio's own while a loop runs
        if callable(handler):
            handler(number, frame)
        else:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _demo(arguments: argparse.Namespace, console: Console) -> int:
    numbers = (arguments.seed, arguments.tenants, arguments.users)
    if arguments.once or arguments.storage:
        return _with_storage(arguments, console, None)
    with kept("demo-{}-{}-{}".format(*numbers)) as folder:
        if folder is None:
            console.print("Another demo of these tenants is running; what this one stores ends with it.")
        return _with_storage(arguments, console, folder)


def _with_storage(arguments: argparse.Namespace, console: Console, folder: Path | None) -> int:
    """`folder` None: nothing is kept."""
    of_cloud = [f"--{name}={getattr(arguments, name)}" for name in ("tenants", "users", "seed")]
    if arguments.record:
        arguments.record.unlink(missing_ok=True)
        of_cloud.append(f"--record={arguments.record}")
    of_host = ["--no-settings", f"--port={arguments.port}", f"--state-dir={(folder or run_folder()) / 'host'}"]
    of_host += ["--no-timers"] if arguments.once else []
    with Parts() as parts:
        with console.status("Starting Azurite, the simulated Microsoft cloud and the Functions host …"):
            storage = arguments.storage or stack.azurite(parts, folder and folder / "azurite").connection
            cloud = stack.cloud(parts, [*of_cloud, f"--receipts={storage}"])
            host = stack.host(parts, of_host, stack.app_settings(cloud, storage))
        code = _show(arguments, console, Api(host["url"]), cloud, Patience(arguments.patience, parts.check))
        if code == 0 and not arguments.once:
            until_told(parts, lambda: _say_where(console, cloud, host["url"], parts.logs))
        return code


def _show(arguments: argparse.Namespace, console: Console, api: Api, cloud: Json, patience: Patience) -> int:
    expected = {one["tenant_id"] for one in cloud["tenants"]}
    complete = first_snapshots(api, expected, console, patience)
    overview, tenants = patience.ask(lambda: api.get("/api/v1/overview")), patience.ask(api.tenants)
    console.print(overview_table(overview, tenants))
    for one in remedies(overview):
        console.print(one, soft_wrap=True, style="dim")
    if arguments.json:
        text = json.dumps(overview, indent=2, ensure_ascii=False)
        arguments.json.write_text(f"{text}\n", encoding="utf-8")
    if arguments.picture:
        console.save_svg(str(arguments.picture), title="make demo")
    if not complete:
        console.print(f"[red]Not all {arguments.tenants} tenants came in within {arguments.patience:.0f} s.[/red]")
        return 1
    if names := unread(tenants, cloud):
        words = f"Not read, though nothing is wrong with them in the simulated cloud: {', '.join(names)}."
        console.print(words, style="red", markup=False, soft_wrap=True)
        return 1
    return 0


def _say_where(console: Console, cloud: Json, url: str, logs: Path) -> None:
    cloud_url, ca_file = cloud["url"], cloud["ca_file"]
    console.print(
        f"\n[bold]Pages[/bold]  {url}/p  (sign in as Reader, Operator or Admin)\n"
        f"[bold]API[/bold]    {url}/api/v1/docs\n"
        f'         curl -H "Authorization: Bearer local-operator" {url}/api/v1/overview\n'
        f"[bold]Host[/bold]   {url}/admin/host/status\n"
        f"[bold]Cloud[/bold]  {cloud_url}/_sim/stats  (CA: {ca_file})\n"
        "         a week later: "
        f"curl --cacert {ca_file} {cloud_url}/_sim/advance --json '{{\"days\": 7}}'\n"
        f"[bold]Logs[/bold]   {logs}\n\nCtrl+C ends everything.",
        soft_wrap=True,
        highlight=False,
    )


def until_told(parts: Parts, say_where: Callable[[], None]) -> None:
    """Waits for Ctrl+C, the normal way to end, once the last line is printed. Raises StackError when a part ends by
    itself.
    """
    try:
        say_where()
        sys.stdout.flush()
        parts.stay()
    except KeyboardInterrupt:
        return
