"""`python -m bench.structure`: how the code is cut. What it printed before the code was moved is in structure.txt."""

import ast
import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import median
from types import CodeType

from sspr_core.model.ids import EVERY_TENANT
from sspr_core.report.triggers import handle_report_message, settle_accepted
from sspr_core.report.triggers import queue_due as queue_due_reports
from sspr_core.runs.accept import accept
from sspr_core.runs.triggers import handle_delivery_report, handle_expand_message, handle_send_message, sender, watch
from sspr_core.snapshot.triggers import queue_due as queue_due_snapshots
from tests.fakes.mailing import MemoryMailer, MemoryNudges, SetClock, a_post
from tests.report.report_env import EIGHT, a_bureau, jobs_of, runs_of
from tests.runs.run_builders import ANA, BEN, NOW, a_desk, request
from tests.runs.test_event_grid import DATA, of_event_grid
from tests.snapshot.snapshot_env import CONTOSO, Shop, fill
from tests.web.web_env import OPERATOR, a_populated_world, read_just_now, visiting

ROOT = Path(__file__).resolve().parent.parent
CORE = ROOT / "sspr_core"
SMALL = 40  # lines

# Names that a reader who has never seen the code cannot guess.
FILES = """
    again ahead became change chosen chunks compute content deps due edge elsewhere finish first foreign fresh
    gather hold in_force judge keep known lately left_out letter listing look look_again measure message nudged
    nudges nudging numbers of_tenant operate orphans packed partner patience people picture plain poison portal
    presence read recorded refused remembered room run_words sender_of settle side_by_side since sweep tally to_do
    told told_mailer transitions troubles wanted watch words world
"""
SYMBOLS = """
    World Terms Known Wanted Requester LeftOut Why Post Nudges OwnSettings OfTenant Past Again Hold Room Gathering
    Put Remove Since Brake Patience Proof Occasion Asked Made Attaching FirstFew Saying Frame KeptPlan Looking Keep
    Trouble NotLetIn NotReached Unclear Silence Edge Intended NotClear AskedInVain GivenUp LookAgainAt
    take_or_again prepare_or_again deliver_nudged expand_nudged reported first_things_first closed nobody sort_out
    settle change look_ahead go_on lately harmless tell_metrics _mine _stand _remember _tell
"""


def modules() -> list[Path]:
    """Modules of the app, without the packages' `__init__` files."""
    return sorted(path for path in CORE.rglob("*.py") if path.name != "__init__.py")


def lines_of(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def defined(path: Path) -> set[str]:
    """A file's top-level classes and functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {one.name for one in tree.body if isinstance(one, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}


type Journey = Callable[[], Awaitable[object]]


def entered(prepare: Callable[[], Awaitable[Journey]]) -> set[str]:
    """Files of the app whose functions the journey calls, after everything is imported."""
    found: set[str] = set()

    def started(code: CodeType, _offset: int) -> object:
        file = Path(code.co_filename)
        if file.suffix == ".py" and file.is_relative_to(CORE):
            found.add(str(file.relative_to(CORE)))
        return sys.monitoring.DISABLE

    asyncio.run(_gone(prepare))  # first run: for what is imported on the way
    tool, starts = sys.monitoring.PROFILER_ID, sys.monitoring.events.PY_START
    sys.monitoring.use_tool_id(tool, "structure")
    sys.monitoring.register_callback(tool, starts, started)
    try:
        asyncio.run(_gone(prepare, lambda: sys.monitoring.set_events(tool, starts)))
    finally:
        sys.monitoring.set_events(tool, 0)
        sys.monitoring.free_tool_id(tool)
        sys.monitoring.restart_events()
    return found


async def _gone(prepare: Callable[[], Awaitable[Journey]], watch: Callable[[], None] = lambda: None) -> None:
    journey = await prepare()
    watch()
    await journey()


async def a_run() -> Journey:
    """Requested, expanded, sent to two users, one receipt, and a recovery pass."""
    clock = SetClock(NOW)
    services = replace(a_desk(ANA, BEN), post=a_post(clock=clock))
    send_queue, mailer = services.post.send_queue, services.post.mailer
    assert isinstance(send_queue, MemoryNudges)
    assert isinstance(mailer, MemoryMailer)

    async def journey() -> None:
        await accept(request(), EVERY_TENANT, services, now=clock())
        while send_queue.messages:
            clock.now = max(clock.now, min(one.due_at for one in send_queue.messages.values()))
            one = send_queue.take(send_queue.due()[0])
            body = json.dumps({"run": one.run_id} | ({"key": one.key} if one.key else {})).encode()
            if one.key:
                await handle_send_message(body, sender(services, clock=clock))
            else:
                await handle_expand_message(body, services.post, clock=clock)
        [(_, mail), _] = mailer.mailbox
        event = {
            **DATA,
            "messageId": mail.operation_id,
            "sender": mail.sender,
            "recipient": mail.to,
            "status": "Delivered",
        }
        await handle_delivery_report(json.dumps([of_event_grid(event)]).encode(), services.post, clock=clock)
        clock.now += timedelta(minutes=10)
        await watch(services.post, clock=clock)

    return journey


async def a_report() -> Journey:
    """Due, prepared, accepted as a run, and recorded as accepted."""
    services = await a_bureau()

    async def journey() -> None:
        assert await queue_due_reports(services.own, services.reports, services.report_jobs, now=EIGHT)
        for job, _ in jobs_of(services).sent:
            await handle_report_message(job, services, now=EIGHT)
        assert runs_of(services)
        await settle_accepted(services, now=EIGHT)

    return journey


async def a_snapshot() -> Journey:
    """Due, queued, read and stored; a day later with a difference."""
    shop = Shop()
    directory = fill(shop.knows(), "ana", "ben")

    async def journey() -> None:
        assert await queue_due_snapshots(shop.tenants, shop.jobs, now=shop.now)
        await shop.take()
        fill(directory, "ana", "cas", registered=("ana",))
        shop.later(timedelta(days=1))
        await shop.take()
        assert shop.registered() == {"Ana": "registered", "Cas": "not_registered"}

    return journey


async def a_page() -> Journey:
    """`/p/runs/new`: the confirmation for all users who are to register."""
    services = await a_populated_world()
    read_just_now(services)

    async def journey() -> None:
        async with visiting(services, **OPERATOR) as operator:
            answer = await operator.get(f"/p/runs/new?tenant={CONTOSO}")
        assert answer.status_code == 200

    return journey


JOURNEYS = {"a run": a_run, "a report": a_report, "a snapshot": a_snapshot, "/p/runs/new": a_page}


def main(arguments: list[str]) -> None:
    """With `--files` also which files each journey enters."""
    files = modules()
    lengths = [lines_of(path) for path in files]
    small = sum(length < SMALL for length in lengths)
    share = small / len(files)
    print(f"files in sspr_core: {len(files)}; median lines: {median(lengths):.0f}; under {SMALL}: {share:.0%}")
    names = sorted(str(path.relative_to(CORE)) for path in files if path.stem in FILES.split())
    symbols = sorted(name for path in files for name in defined(path) if name in SYMBOLS.split())
    print(f"names that a stranger cannot guess: {len(names)} files, {len(symbols)} symbols")
    for name, journey in JOURNEYS.items():
        found = sorted(entered(journey))
        print(f"files that {name} enters: {len(found)}")
        if "--files" in arguments:
            print("".join(f"  {one}\n" for one in found), end="")
    listed = subprocess.run(["git", "ls-files", "tests"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    print(f"Python lines of tests: {sum(lines_of(ROOT / one) for one in listed.splitlines() if one.endswith('.py')):,}")
    if "--files" in arguments:
        print(f"names left: {', '.join(names + symbols)}")


if __name__ == "__main__":
    main(sys.argv[1:])
