"""The app's functions as its triggers call them, on the simulation's ports and clocks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from sspr_core.model.delivery import Delivery, DeliveryKey
from sspr_core.model.ids import EVERY_TENANT
from sspr_core.model.mail import Mail
from sspr_core.model.run import Run, RunId
from sspr_core.ports.mail import Mailing
from sspr_core.runs.deliver import Sender
from sspr_core.runs.lifecycle import cancel, pause, resume, retry_failed
from sspr_core.runs.receipts import record
from sspr_core.runs.triggers import handle_expand_message, handle_send_message, poisoned_email, poisoned_expand, watch
from tests.runs.simulation.queue import Message
from tests.runs.simulation.stepping import stepped


async def compose(run: Run, row: Delivery) -> Mail:
    return Mail(
        operation_id=row.operation_id,
        sender=run.sender_address,
        to=row.address,
        to_name=row.display_name,
        subject="Register",
        text="Please do.",
        html="<p>Please do.</p>",
    )


@dataclass
class Functions:
    post: Mailing
    clock: Callable[[], datetime]
    monotonic: Callable[[], float]
    registered: set[DeliveryKey] = field(default_factory=set)

    async def of_message(self, message: Message) -> None:
        """Queue functions expand_run, send_email, record_delivery_report."""
        if message.receipt is not None:
            await record(message.receipt, self.post, now=self.clock())
        elif message.key is None:
            await handle_expand_message(message.body, self.post, clock=self.clock)
        else:
            await handle_send_message(message.body, self.sender())

    async def look_again(self, run: Run, row: Delivery) -> str | None:
        async def look() -> str | None:
            return "registered meanwhile" if row.key in self.registered else None

        return await stepped("look_again", look)

    async def of_poison(self, message: Message) -> None:
        if message.receipt is not None:
            await record(message.receipt, self.post, now=self.clock())
        elif message.key is None:
            await poisoned_expand(message.body, self.post, clock=self.clock)
        else:
            await poisoned_email(message.body, self.post, clock=self.clock)

    async def operate(self, word: str, run: RunId) -> Run:
        """Does what an operator requests over HTTP."""
        act: Callable[..., Awaitable[Run]]
        if word.startswith("retry"):
            act = partial(retry_failed, unsure_too=word == "retry, unsure too")
        else:
            act = {"pause": pause, "resume": resume, "cancel": cancel}[word]
        return await act(run, EVERY_TENANT, self.post, now=self.clock())

    def sender(self) -> Sender:
        return Sender(
            post=self.post,
            look_again=self.look_again,
            compose=compose,
            clock=self.clock,
            monotonic=self.monotonic,
        )

    async def watch_runs(self) -> None:
        await watch(self.post, clock=self.clock)
