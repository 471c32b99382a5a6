"""A small Functions app to test the host with, and the hosts that run it. Its functions record their calls in a
file.
"""

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.storage.queue import QueueClient

from tests.local_stack import Child, child

APP = """
import asyncio, atexit, json, os
import azure.functions as func
from sspr_core.model.clock import utc_now

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
print("a line that is not the host's")


def note(*words):
    with open(os.environ["NOTES"], "a") as file:
        file.write(json.dumps(words) + "\\n")


atexit.register(note, "ended in order")


@app.route(route="echo/{name}/{number:int}", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    told = {"method": req.method, "url": req.url, "route": dict(req.route_params), "query": dict(req.params),
            "header": req.headers.get("x-said"), "cookie": req.headers.get("cookie"), "body": req.get_body().hex()}
    answer = func.HttpResponse(json.dumps(told), status_code=201, headers={"x-answer": "yes"})
    answer.headers.add("Set-Cookie", "one=1; Path=/; HttpOnly")
    answer.headers.add("Set-Cookie", "two=2; Max-Age=60")
    return answer


@app.route(route="raw")
def raw(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(bytes(range(256)), mimetype="application/octet-stream")


@app.route(route="clock")
async def clock(req: func.HttpRequest) -> str:
    return utc_now().isoformat()


@app.route(route="locked", auth_level=func.AuthLevel.FUNCTION)
async def locked(req: func.HttpRequest) -> str:
    return "open"


@app.route(route="broken")
async def broken(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("not for the caller's eyes")


@app.route(route="talkative")
async def talkative(req: func.HttpRequest) -> str:
    print("x" * 200_000)
    return "still here"


@app.route(route="slow")
async def slow(req: func.HttpRequest) -> str:
    note("slow", "begun")
    await asyncio.sleep(1)
    return "done"


@app.route(route="send")
@app.queue_output(arg_name="out", queue_name="%WORK%", connection="STORAGE")
async def send(req: func.HttpRequest, out: func.Out[str]) -> str:
    out.set(json.dumps({"do": "forward", "id": req.params["id"]}))
    return "sent"


@app.queue_trigger(arg_name="message", queue_name="%WORK%", connection="STORAGE")
@app.queue_output(arg_name="out", queue_name="%DONE%", connection="STORAGE")
async def work(message: func.QueueMessage, out: func.Out[str]) -> None:
    job = json.loads(message.get_body())
    note("work", job["id"], message.dequeue_count)
    match job["do"]:
        case "fail":
            raise RuntimeError("as asked for")
        case "fail once" if message.dequeue_count == 1:
            raise RuntimeError("as asked for")
        case "take":
            await asyncio.sleep(job["seconds"])
            note("took", job["id"])
        case "hang once" if message.dequeue_count == 1:
            try:
                await asyncio.Event().wait()
            finally:
                note("unwound", job["id"])
    out.set(f"done: {job['id']} in 東京")


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def tick(timer: func.TimerRequest) -> None:
    note("tick", timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="0 0 0 1 1 *")
async def long_tick(timer: func.TimerRequest) -> None:
    note("long_tick", "begun")
    await asyncio.sleep(0.5)
    note("long_tick", "ended")
"""

HOST_JSON = {
    "version": "2.0",
    "extensions": {
        "http": {"routePrefix": "x"},
        "queues": {"batchSize": 8, "newBatchThreshold": 4, "maxDequeueCount": 3, "visibilityTimeout": "00:00:00"},
    },
}


def eventually[T](look: Callable[[], T], *, within: float = 60) -> T:
    """Polls `look` until it returns something."""
    until = time.monotonic() + within
    while not (seen := look()):
        assert time.monotonic() < until, f"not within {within} s"
        time.sleep(0.02)
    return seen


@dataclass(frozen=True)
class Sample:
    """The app in a folder, with its own queues."""

    folder: Path
    connection: str
    work: str
    done: str

    @classmethod
    def in_folder(cls, folder: Path, connection: str) -> "Sample":
        (folder / "function_app.py").write_text(APP)
        (folder / "host.json").write_text(json.dumps(HOST_JSON))
        name = uuid4().hex[:10]
        return cls(folder, connection, f"work-{name}", f"done-{name}")

    @contextmanager
    def host(self, *arguments: str) -> Iterator[Child]:
        """A host of the app; returns its addresses and its key."""
        given = {"STORAGE": self.connection, "WORK": self.work, "DONE": self.done, "NOTES": str(self._notes)}
        settings = [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
        place = ["--app", str(self.folder), "--port", "0", "--state-dir", str(self.folder / "state")]
        with child("dev.host", [*place, "--max-poll", "0.2", *settings, *arguments], self.log) as process:
            yield process

    @property
    def _notes(self) -> Path:
        return self.folder / "notes"

    @property
    def log(self) -> Path:
        return self.folder / "host.log"

    def notes(self, *begin: object) -> list[list[Any]]:
        """The functions' records that begin with these words."""
        lines = self._notes.read_text().splitlines() if self._notes.exists() else []
        return [note for line in lines if (note := json.loads(line))[: len(begin)] == list(begin)]

    def queue(self, name: str) -> QueueClient:
        return QueueClient.from_connection_string(self.connection, name)

    def send(self, do: str, of: str, **more: object) -> None:
        text = json.dumps({"do": do, "id": of, **more})
        self.send_raw(base64.b64encode(text.encode()).decode())

    def send_raw(self, text: str) -> None:
        with self.queue(self.work) as queue:
            try:
                queue.send_message(text)
            except ResourceNotFoundError:
                with suppress(ResourceExistsError):  # the host creates it as well
                    queue.create_queue()
                queue.send_message(text)

    def waiting(self, name: str) -> int:
        """How many messages are in the queue, with the invisible ones."""
        with self.queue(name) as queue:
            try:
                return queue.get_queue_properties().approximate_message_count or 0
            except ResourceNotFoundError:
                return 0

    def received(self, name: str) -> list[str]:
        """Takes the queue's messages out, undecoded."""
        with self.queue(name) as queue:
            try:
                messages = list(queue.receive_messages())
            except ResourceNotFoundError:
                return []
            for message in messages:
                queue.delete_message(message)
            return [str(message.content) for message in messages]
