"""What may happen to messages; the protocol assumes nothing about them."""

from dataclasses import replace

from sspr_core.model.mail import Mail, Receipt
from tests.runs.delivery_builders import HOUR, MINUTE, RUN
from tests.runs.simulation.dice import CLOCK_ERRORS, TIMES, Mishaps
from tests.runs.simulation.queue import Message

_STATUSES = ("Delivered", "Bounced", "Failed", "Suppressed")
_MOST_AT_WORK = 4


class QueueMishaps(Mishaps):
    async def another_begins(self) -> bool:
        return await self._begin(self.stage.queue.visible(), kept=False)

    async def one_is_early(self) -> bool:
        return await self._begin(self.stage.queue.messages, kept=False)

    async def one_comes_twice(self) -> bool:
        return await self._begin(self.stage.queue.visible(), kept=True)

    async def _begin(self, messages: list[Message], *, kept: bool) -> bool:
        if not messages or len(self.stage.works) >= _MOST_AT_WORK:
            return False
        message, clock_error = self.dice.one_of(messages), self.dice.one_of(CLOCK_ERRORS)
        await self.stage.hand_over(message, clock_error=clock_error, kept=kept)
        return True

    async def one_is_lost(self) -> bool:
        return self._taken() is not None

    async def one_is_late(self) -> bool:
        if (late := self._taken()) is None:
            return False
        self.stage.queue.messages.append(replace(late, due_at=late.due_at + self.dice.one_of(TIMES)))
        return True

    async def one_is_poison(self) -> bool:
        if (message := self._taken()) is None:
            return False
        await self.stage.poison(message)
        return True

    def _taken(self) -> Message | None:
        if not (messages := self.stage.queue.messages):
            return None
        message = self.dice.one_of(messages)
        messages.remove(message)
        return message

    async def a_receipt_comes(self) -> bool:
        """A receipt for anything ever accepted, in any order; the same one possibly repeated."""
        service = self.stage.service
        mails: list[Mail] = [mail for _, mail in service.posts if mail.operation_id in service.accepted]
        if not mails:
            return False
        mail, status = self.dice.one_of(mails), self.dice.one_of(_STATUSES)
        at = service.accepted[mail.operation_id][0] + self.dice.one_of((MINUTE, HOUR))
        receipt = Receipt(
            operation_id=mail.operation_id,
            sender=mail.sender,
            recipient=mail.to,
            status="Failed" if mail.operation_id in service.given_up else status,
            at=at.isoformat(),
        )
        self.stage.queue.messages.append(Message(self.stage.now, RUN, receipt=receipt))
        return True
