"""`demo`: the whole product on this machine, with a simulated Microsoft cloud."""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

from rich.console import Console

from dev.commands.progress import Api, Json, first_snapshots, tenants
from dev.commands.stack import LOCAL, StackError, whole
from dev.commands.table import overview_table, remedies


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = parsers.add_parser("demo", help="everything, with a simulated Microsoft cloud", description=__doc__)
    words.add_argument("--once", action="store_true", help="take the first snapshots, show them, and end")
    words.add_argument("--tenants", type=int, default=40)
    words.add_argument("--users", type=int, default=300, help="roughly, per tenant")
    words.add_argument("--seed", type=int, default=1, help="another seed, other customers")
    words.add_argument("--json", type=Path, metavar="FILE", help="write what GET /api/v1/overview answered")
    words.add_argument("--record", type=Path, metavar="FILE", help="write every exchange with the simulated cloud")
    words.add_argument("--storage", metavar="CONNECTION_STRING", help="a Table and Queue service that already runs")
    words.add_argument("--port", type=int, default=0, help="of the app; any free one unless given")
    words.add_argument("--patience", type=float, default=300, help="seconds until all tenants must have come in")
    words.add_argument("--picture", type=Path, metavar="FILE", help="write the table as an SVG picture")
    words.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """0; 1 when something did not start or not all tenants came in."""
    narrow = arguments.picture or not sys.stdout.isatty()
    console = Console(record=bool(arguments.picture), width=132 if narrow else None)
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        return _demo(arguments, console)
    except StackError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    except KeyboardInterrupt:
        return 0


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _demo(arguments: argparse.Namespace, console: Console) -> int:
    numbers = ["--tenants", str(arguments.tenants), "--users", str(arguments.users), "--seed", str(arguments.seed)]
    if arguments.record:
        arguments.record.unlink(missing_ok=True)
        numbers += ["--record", str(arguments.record.resolve())]
    with console.status("Starting Azurite, the simulated Microsoft cloud and the Functions host …"):
        folder = None if arguments.once else LOCAL / "azurite"
        host_arguments = ["--port", str(arguments.port), "--state-dir", str(LOCAL / "host"), "--no-timers"]
        host_arguments = host_arguments if arguments.once else host_arguments[:-1]
        stack = whole(numbers, host_arguments, arguments.storage, folder)
        described, host = stack.__enter__()
    try:
        return _show(arguments, console, Api(host["url"]), described, host["url"])
    finally:
        stack.__exit__(None, None, None)


def _show(arguments: argparse.Namespace, console: Console, api: Api, cloud: Json, url: str) -> int:
    expected = {one["tenant_id"] for one in cloud["tenants"]}
    complete = first_snapshots(api, expected, console, patience=arguments.patience)
    overview = api.get("/api/v1/overview")
    console.print(overview_table(overview, tenants(api)))
    for one in remedies(overview):
        console.print(one, soft_wrap=True, style="dim")
    if arguments.json:
        arguments.json.write_text(json.dumps(overview, indent=2, ensure_ascii=False) + "\n")
    if arguments.picture:
        console.save_svg(str(arguments.picture), title="make demo")
    if not complete:
        console.print(f"[red]Not all {arguments.tenants} tenants came in within {arguments.patience:.0f} s.[/red]")
        return 1
    if not arguments.once:
        _stay(console, cloud, url)
    return 0


def _stay(console: Console, cloud: Json, url: str) -> None:
    cloud_url, ca_file = cloud["url"], cloud["ca_file"]
    console.print(
        f"\n[bold]API[/bold]    {url}/api/v1/docs  (sign in as Reader, Operator or Admin)\n"
        f'         curl -H "Authorization: Bearer local-operator" {url}/api/v1/overview\n'
        f"[bold]Host[/bold]   {url}/admin/host/status\n"
        f"[bold]Cloud[/bold]  {cloud_url}/_sim/stats  (CA: {ca_file})\n"
        "         a week later: "
        f"curl --cacert {ca_file} {cloud_url}/_sim/advance --json '{{\"days\": 7}}'\n"
        f"[bold]Logs[/bold]   {LOCAL / 'logs'}\n\nCtrl+C ends everything.",
        soft_wrap=True,
        highlight=False,
    )
    sys.stdout.flush()
    threading.Event().wait()
