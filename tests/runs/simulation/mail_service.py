"""A mail service whose every answer the test decides; it keeps only the guarantees that the protocol assumes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from sspr_core.model.mail import (
    Accepted,
    KnownOperation,
    LookupAnswer,
    Mail,
    MailAnswer,
    Rejected,
    UnknownOperation,
    UnknownOutcome,
)
from tests.runs.simulation.promises import Promises
from tests.runs.simulation.stepping import Call, Work, called

type SameId = Literal["dedup", "reject", "twice"]


@dataclass(eq=False)
class Request:
    """A POST that has begun: in progress until it is accepted, refused or dropped."""

    mail: Mail
    begun_at: datetime
    call: Call | None  # None: the caller no longer waits


@dataclass(eq=False)
class Question:
    asked_at: datetime
    answer: LookupAnswer  # the lookup's answer, decided when it was asked
    call: Call


@dataclass
class Service:
    """`lookup_lag`: how long after acceptance the lookup answers 404; None: always.

    `freezes`: a worker may stall between its last check and the first byte of the POST.
    """

    clock: Callable[[], datetime]
    promises: Promises
    same_id: SameId = "dedup"
    lookup_lag: timedelta | None = timedelta(0)
    freezes: bool = False
    remembered: timedelta = timedelta(hours=24)
    under_way: list[Request] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    posts: list[tuple[datetime, Mail]] = field(default_factory=list)
    accepted: dict[str, list[datetime]] = field(default_factory=dict)  # by operation
    given_up: dict[str, str] = field(default_factory=dict)

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - the port's
        if self.freezes:
            await called("a frozen worker").answer
        call = called("mailer.send")
        self.under_way.append(Request(mail, self.clock(), call))
        self.posts.append((self.clock(), mail))
        self.promises.posted(mail.operation_id)
        answer: MailAnswer = await call.answer
        return answer

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        call = called("mailer.ask")
        self.questions.append(Question(self.clock(), self._looked_up(operation_id), call))
        answer: LookupAnswer = await call.answer
        return answer

    def request_of(self, call: Call) -> Request:
        return next(one for one in self.under_way if one.call is call)

    def question_of(self, call: Call) -> Question:
        return next(one for one in self.questions if one.call is call)

    async def process(self, request: Request) -> None:
        """How the service processes a POST, and its answer if the caller still waits."""
        await self.finish(request, self._processed(request.mail))

    async def lose(self, request: Request) -> None:
        """Processes the POST and loses the answer."""
        self._processed(request.mail)
        await self.finish(request, UnknownOutcome("connection dropped"))

    async def finish(self, request: Request, answer: MailAnswer) -> None:
        self.under_way.remove(request)
        if request.call is not None:
            await request.call.work.answer(request.call, answer)

    async def hang_up(self, request: Request) -> None:
        """The worker's timeout ends; the request may continue."""
        assert request.call is not None
        call, request.call = request.call, None
        await call.work.answer(call, UnknownOutcome("timeout"))

    async def say(self, question: Question, answer: LookupAnswer) -> None:
        self.questions.remove(question)
        await question.call.work.answer(question.call, answer)

    def drop(self, work: Work) -> None:
        """The worker has crashed: its requests stay in progress."""
        self.questions = [one for one in self.questions if one.call.work is not work]
        for request in self.under_way:
            if request.call is not None and request.call.work is work:
                request.call = None

    def _processed(self, mail: Mail) -> MailAnswer:
        operation = mail.operation_id
        if self._known_since(operation) is not None and self.same_id != "twice":
            return Accepted() if self.same_id == "dedup" else Rejected("OperationIdReused")
        self.accepted.setdefault(operation, []).append(self.clock())
        self.promises.received(operation)
        return Accepted()

    def _looked_up(self, operation: str) -> LookupAnswer:
        at = self._known_since(operation)
        if at is None or self.lookup_lag is None or self.clock() - at < self.lookup_lag:
            return UnknownOperation()
        return KnownOperation(self.given_up.get(operation))

    def _known_since(self, operation: str) -> datetime | None:
        times = [at for at in self.accepted.get(operation, []) if self.clock() - at < self.remembered]
        return min(times, default=None)
