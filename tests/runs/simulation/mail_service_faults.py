"""Which answers the mail service may give or omit, and what becomes of abandoned requests."""

from sspr_core.model.mail import (
    ConnectFailed,
    MailAnswer,
    NoAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOutcome,
)
from tests.runs.delivery_builders import SECOND
from tests.runs.simulation.dice import Mishaps
from tests.runs.simulation.mail_service import Request

_LOST = ("answer lost", "dropped")
_ANSWERS: tuple[MailAnswer, ...] = (
    UnknownOutcome("500"),
    Throttled(None),
    Throttled(90 * SECOND),
    Unauthorized("Denied"),
    SenderRefused("InvalidSenderUserName"),
    ConnectFailed(),
    Rejected("InvalidAddress"),
)


class ServiceMishaps(Mishaps):
    async def a_post_fails(self) -> bool:
        heard = [request for request in self.stage.service.under_way if request.call is not None]
        if not heard:
            return False
        request, answer = self.dice.one_of(heard), self.dice.one_of((*_LOST, *_ANSWERS))
        if isinstance(answer, str):
            await self.stage.service.lose(request)
        else:
            await self.stage.service.finish(request, self._possible(request, answer))
        return True

    def _possible(self, request: Request, answer: MailAnswer) -> MailAnswer:
        """An address that was accepted once is not refused later."""
        known = request.mail.operation_id in self.stage.service.accepted
        return UnknownOutcome("500") if known and isinstance(answer, Rejected) else answer

    async def a_lookup_fails(self) -> bool:
        if not (questions := self.stage.service.questions):
            return False
        await self.stage.service.say(self.dice.one_of(questions), NoAnswer())
        return True

    async def an_email_is_given_up(self) -> bool:
        if not (operations := sorted(self.stage.service.accepted)):
            return False
        self.stage.service.given_up[self.dice.one_of(operations)] = "EmailDropped"
        return True

    async def what_lived_on_ends(self) -> bool:
        alone = [request for request in self.stage.service.under_way if request.call is None]
        if not alone:
            return False
        request = self.dice.one_of(alone)
        if self.dice.throw() % 2:
            self.stage.service.under_way.remove(request)
        else:
            await self.stage.service.process(request)
        return True
