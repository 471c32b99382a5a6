"""The simulation: one clock, a queue, workers that advance step by step, a mail service, and checked guarantees."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sspr_core.model.delivery import Delivery
from sspr_core.model.mail_service import Senders
from sspr_core.model.run import Run, RunId, RunState
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import Mailing
from tests.fakes.mailing import MemoryContacts, MemoryDeliveries, MemoryPacing, MemoryRuns
from tests.fakes.storage import an_etag
from tests.runs.delivery_builders import NOON, NUMBERS, a_recipient, a_run
from tests.runs.simulation.functions import Functions
from tests.runs.simulation.mail_service import SameId, Service
from tests.runs.simulation.promises import Promises
from tests.runs.simulation.queue import Message
from tests.runs.simulation.stale_reads import RecalledPacing, RecalledRuns
from tests.runs.simulation.stepping import Call, Stepped, Work, working
from tests.runs.simulation.workers import BACK, OPERATORS, STOPPING, Crew

MOST_DEQUEUED = 10  # host.json's maxDequeueCount


class Stage(Crew):
    """`freezes`: a worker may stall between its last check and the POST. `recalls`: first reads are stale."""

    def __init__(
        self,
        numbers: SendingLimits = NUMBERS,
        *,
        same_id: SameId = "dedup",
        lookup_lag: timedelta | None = timedelta(0),
        freezes: bool = False,
        recalls: bool = False,
    ) -> None:
        super().__init__()
        self.numbers = numbers
        self.promises = Promises(numbers, self.clock, self.broken, frozen=freezes)
        self.service = Service(self.clock, self.promises, same_id, lookup_lag, freezes)
        self.runs = RecalledRuns(clock=self.clock) if recalls else MemoryRuns()
        self.pacing = RecalledPacing(clock=self.clock) if recalls else MemoryPacing()
        self.deliveries, self.contacts = MemoryDeliveries(page_size=2), MemoryContacts()
        self.swept_at = NOON
        self.asked_to_go_on = 0
        post = Mailing(
            runs=Stepped(self.runs, "runs"),
            deliveries=Stepped(self.deliveries, "deliveries", self.promises.written),
            pacing=Stepped(self.pacing, "pacing"),
            contacts=Stepped(self.contacts, "contacts"),
            send_queue=Stepped(self.queue, "send_queue"),
            mailer=self.service,
            senders=Senders(usual="it@msp.example"),
            numbers=numbers,
        )
        self.functions = Functions(post, self.workers_clock, self.monotonic)

    def workers_clock(self) -> datetime:
        """A worker's own clock, which may be wrong by σ."""
        return self.now + timedelta(seconds=working().clock_error)

    def monotonic(self) -> float:
        return (self.now - NOON).total_seconds()

    def add_run(self, *names: str, **said: Any) -> Run:
        """Accepts a run and queues its first message."""
        run = a_run(recipient_count=len(names), page_count=1, touched_at=self.now, etag=an_etag(), **said)
        self.runs.rows[run.run_id] = run
        self.runs.pinned_recipients[run.run_id, 0] = [a_recipient(name) for name in names]
        self.queue.messages.append(Message(self.now, run.run_id))
        return run

    def rows(self, run: Run) -> list[Delivery]:
        return list(self.deliveries.rows.get(run.run_id, {}).values())

    def crash(self, work: Work, *, back: timedelta = BACK) -> None:
        super().crash(work, back=back)
        self.service.drop(work)

    async def let_be(self, call: Call) -> None:
        """The fault-free outcome of a call."""
        if call.name == "mailer.send":
            await self.service.process(self.service.request_of(call))
        elif call.name == "mailer.ask":
            question = self.service.question_of(call)
            await self.service.say(question, question.answer)
        else:
            await self.let(call)

    async def hand_over(self, message: Message, *, clock_error: float = 0, kept: bool = False) -> Work:
        """Gives the message to a worker, after ten times to the poison queue's; `kept`: the queue will deliver it
        again.
        """
        if not kept:
            self.queue.messages.remove(message)
        if message.dequeued >= MOST_DEQUEUED:
            return await self.poison(message)
        journey = partial(self.functions.of_message, message)
        return await self.begin(message.kind, journey, clock_error=clock_error, message=message)

    async def poison(self, message: Message) -> Work:
        return await self.begin(f"poison {message.kind}", partial(self.functions.of_poison, message))

    async def sweep(self, *, clock_error: float = 0) -> Work:
        self.swept_at = self.now
        self.idle_sweeps += 1
        return await self.begin("watch_runs", self.functions.watch_runs, clock_error=clock_error)

    async def operate(self, word: str, run: RunId) -> Work:
        return await self.begin(word, partial(self._operate, word, run))

    async def _operate(self, word: str, run: RunId) -> None:
        """A run counts as stopped once that was confirmed, unless it was resumed at the same time."""
        if word in STOPPING:
            asked, alone = self.asked_to_go_on, not self._somebody_goes_on()
            await self.functions.operate(word, run)
            if alone and asked == self.asked_to_go_on:
                self.promises.stopped.setdefault(run, self.now)
        else:
            self.asked_to_go_on += 1
            if self.runs.rows[run].state is not RunState.CANCELLED:
                self.promises.stopped.pop(run, None)
            await self.functions.operate(word, run)

    def _somebody_goes_on(self) -> bool:
        return any(work.what in OPERATORS and work.what not in STOPPING for work in self.works)
