"""`python -m dev.host`: serves an app folder until told to stop; says in one line of JSON where.

Ctrl+C (SIGINT) lets what runs finish, then ends in order. SIGTERM does what the platform does when it drains an
instance: whatever runs is aborted after 1 to 3 seconds, and the worker is killed by the signal, exit code 143, so that
neither `finally` nor atexit runs (Azure/azure-functions-host#12007, Azure/azure-functions-python-worker#578).
"""

import argparse
import asyncio
import json
import logging
import os
import secrets
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import uvicorn
from azure_functions_runtime import invocation_id_cv

from dev.host.bindings import hindrance
from dev.host.calls import Caller
from dev.host.clock import duration, set_ahead
from dev.host.http import Front
from dev.host.outputs import Outputs, encoded
from dev.host.queues import Listener
from dev.host.routes import routes
from dev.host.settings import expanded, host_settings, load_environment
from dev.host.signin import SignIn
from dev.host.status import Status
from dev.host.storage import queue_client
from dev.host.timers import Timer
from dev.host.worker import Function, LoadError, load
from dev.listening import listener
from dev.loop import loop_factory
from dev.processes import exit_with_parent
from dev.surroundings import reach_this_machine

log = logging.getLogger("host")

ABORTED_AFTER = 2.0  # seconds from SIGTERM; the platform takes 1 to 3


def parser() -> argparse.ArgumentParser:
    words = argparse.ArgumentParser(prog="python -m dev.host", description=__doc__)
    words.add_argument("--app", type=Path, default=Path(), help="folder with function_app.py and host.json")
    words.add_argument("--port", type=int, default=7071, help="0: any free one")
    words.add_argument("--settings", type=Path, default=Path("local.settings.json"))
    words.add_argument("--no-settings", dest="settings", action="store_const", const=None, help="no such file is read")
    words.add_argument("--env", action="append", default=[], metavar="NAME=VALUE", help="a setting; may be repeated")
    words.add_argument("--lease", type=float, default=600, help="seconds until a crashed worker's message is back")
    words.add_argument("--max-poll", type=float, help="seconds; in place of host.json's maxPollingInterval")
    words.add_argument(
        "--ahead",
        type=duration,
        default=timedelta(0),
        help="the clock of app and timers is this much ahead: 12h, 30d",
    )
    words.add_argument("--no-timers", action="store_true", help="timers only fire by hand")
    words.add_argument(
        "--only",
        action="append",
        choices=("http", "queue", "timer"),
        help="has functions of that kind; may be repeated. On Flex Consumption no instance serves HTTP and queues",
    )
    words.add_argument("--state-dir", type=Path, default=Path(".local/host"), help="what timers did")
    words.add_argument("--no-sign-in", action="store_true", help="authentication off; forged headers go through")
    return words


class Host:
    """One app and all its triggers."""

    def __init__(self, arguments: argparse.Namespace, functions: list[Function]) -> None:
        settings = host_settings(arguments.app)
        if arguments.max_poll:
            settings = replace(settings, max_polling_interval=timedelta(seconds=arguments.max_poll))
        self.functions = functions
        self.status = Status()
        for function in functions:
            self.status.of(function.name)
            if why := hindrance(function):
                log.error(why)
                self.status.errors[f"function {function.name}"] = why
        able = [one for one in functions if not hindrance(one)]
        self._base64 = settings.base64
        self._outputs = Outputs(settings.base64)
        self._caller = Caller(settings, self.status, self._outputs)
        arguments.state_dir.mkdir(parents=True, exist_ok=True)
        self._timers = {one.name: Timer(one, self._caller, arguments.state_dir) for one in able if one.kind == "timer"}
        self._run_timers = not arguments.no_timers
        self._listeners = [
            Listener(one, settings, self._caller, lease=arguments.lease) for one in able if one.kind == "queue"
        ]
        sign_in = None if arguments.no_sign_in else SignIn(os.environ.get("SSPR_PARTNER_TENANT_ID", ""))
        self.front = Front(
            routes(functions, settings.route_prefix),
            {one.name: one for one in functions},
            self._caller,
            sign_in,
            secrets.token_urlsafe(24),
            self._fire,
        )

    def abort(self) -> None:
        """Fails all running calls; none may finish."""
        self._caller.aborted.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Runs the triggers until `stopping`, then lets running calls finish."""
        async with asyncio.TaskGroup() as group:
            for listener in self._listeners:
                group.create_task(listener.listen(stopping))
            for timer in self._timers.values() if self._run_timers else ():
                group.create_task(timer.run(stopping))
        if self.front.background:
            await asyncio.wait(self.front.background, timeout=10)
        await self._outputs.close()

    async def _fire(self, function: Function, text: str) -> None:
        """Runs a function by hand: a timer directly; for a queue function, the text goes through its queue as a
        message.
        """
        if function.name in self._timers:
            await self._timers[function.name].fire(past_due=False)
        elif function.kind == "queue":
            async with queue_client(function.trigger["connection"], expanded(function.trigger["queueName"])) as queue:
                await queue.send_message(encoded(text) if self._base64 else text)

    def describe(self, url: str) -> dict[str, object]:
        shown = ("route", "queueName", "schedule")
        return {
            "url": url,
            "key": self.front.key,
            "functions": [
                {"name": one.name, "type": one.kind} | {key: one.trigger[key] for key in shown if key in one.trigger}
                for one in self.functions
            ],
        }


async def serve(arguments: argparse.Namespace) -> None:
    load_environment(arguments.settings, arguments.env)
    if not arguments.no_sign_in:
        os.environ["WEBSITE_AUTH_ENABLED"] = "True"
    listening = listener(arguments.port)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    os.environ.setdefault("WEBSITE_HOSTNAME", url.removeprefix("http://"))
    arguments.app, arguments.state_dir = arguments.app.resolve(), arguments.state_dir.resolve()
    set_ahead(arguments.ahead)
    functions = await load(arguments.app)
    host = Host(arguments, [one for one in functions if not arguments.only or one.kind in arguments.only])
    server = uvicorn.Server(
        uvicorn.Config(host.front, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=5)
    )
    stopping, drained, loop = asyncio.Event(), False, asyncio.get_running_loop()

    def drain() -> None:
        nonlocal drained
        drained = True
        stopping.set()
        loop.call_later(ABORTED_AFTER, host.abort)

    with suppress(NotImplementedError):  # Windows
        loop.add_signal_handler(signal.SIGINT, stopping.set)
        loop.add_signal_handler(signal.SIGTERM, drain)
    server.capture_signals = suppress  # type: ignore[method-assign,assignment]  # uvicorn would raise them again
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(server.serve(sockets=[listening]))
        group.create_task(host.run(stopping))
        while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn sets a flag, no event
            await asyncio.sleep(0.01)
        print(json.dumps(host.describe(url)), file=sys.__stdout__, flush=True)
        await stopping.wait()
        server.should_exit = True
    if drained:  # from inside the loop: ending the loop would cancel running work, which the app would notice
        loop.remove_signal_handler(signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGTERM)


class _WithInvocation(logging.Filter):
    """Adds the id of the call to every log line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.invocation = (invocation_id_cv.get() or "-")[:8]
        return True


def set_up_logs() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_WithInvocation())
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname).1s %(invocation)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("azure.functions").setLevel(logging.WARNING)  # a line for every call
    logging.getLogger("azure.core").setLevel(logging.WARNING)  # the host's own polls; what the app logs is the app's


def main(arguments: list[str]) -> int:
    exit_with_parent()
    reach_this_machine()
    set_up_logs()
    sys.stdout = sys.stderr  # functions' prints belong in the log; no one reads stdout after the first line
    failed = False
    try:
        asyncio.run(serve(parser().parse_args(arguments)), loop_factory=loop_factory())
    except* (LoadError, ValueError, OSError) as group:
        failed = True
        for error in group.exceptions:
            log.error("the app does not start: %s", error)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
