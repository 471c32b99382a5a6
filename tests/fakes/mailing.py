"""Stores, queues and mail service for sending, in memory; tests/contract runs the real ones' suites on them."""

from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from sspr_core.model.delivery import Counted, Delivery, DeliveryKey, DeliveryState
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.mail import (
    Accepted,
    ConnectFailed,
    KnownOperation,
    LookupAnswer,
    Mail,
    MailAnswer,
    NoAnswer,
    Rejected,
    SenderRefused,
    Throttled,
    Unauthorized,
    UnknownOperation,
    UnknownOutcome,
)
from sspr_core.model.mail_service import Senders
from sspr_core.model.queue_messages import Foreign
from sspr_core.model.recipient import Contact
from sspr_core.model.report import PinnedLetter
from sspr_core.model.run import PinnedRecipient, Run, RunId
from sspr_core.model.sending import Pacing, SendingLimits
from sspr_core.ports.mail import MOST_PER_INSERT, MOST_PER_PAGE, SWEPT_FOR, Accepting, Mailer, Mailing
from tests.fakes.storage import an_etag

SENDER = "donotreply@partner.example"


@dataclass
class SetClock:
    """A clock that moves only when it is set."""

    now: datetime = datetime(2026, 11, 23, 6, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, by: timedelta) -> None:
        self.now += by


@dataclass
class MemoryRuns:
    rows: dict[RunId, Run] = field(default_factory=dict)
    keys: dict[str, tuple[RunId, str]] = field(default_factory=dict)
    admission_etag: str | None = None
    pinned_recipients: dict[tuple[RunId, int], list[PinnedRecipient]] = field(default_factory=dict)
    letters: dict[RunId, PinnedLetter] = field(default_factory=dict)
    foreign_row: Foreign = field(default_factory=Foreign)

    async def get(self, run: RunId) -> Run:
        if run not in self.rows:
            raise NotFound(run)
        return self.rows[run]

    async def lately(self, run: RunId, *, within: timedelta) -> Run:
        return await self.get(run)

    async def recent(self, *, before: RunId | None, limit: int) -> tuple[list[Run], RunId | None]:
        found = [run for run in self._newest_first() if before is None or run.run_id < before]
        return found[:limit], found[limit - 1].run_id if len(found) > limit else None

    async def unfinished(self, *, now: datetime) -> list[Run]:
        since = now - SWEPT_FOR
        return [
            run for run in self._newest_first() if run.state.unfinished or (run.finished_at or run.touched_at) >= since
        ]

    def _newest_first(self) -> list[Run]:
        return [self.rows[run] for run in sorted(self.rows, reverse=True)]

    async def save(self, run: Run) -> Run:
        there = self.rows.get(run.run_id)
        if there is None or there.etag != run.etag:
            raise Conflict(run.run_id)
        self.rows[run.run_id] = saved = replace(run, etag=an_etag())
        return saved

    async def delete(self, run: Run) -> None:
        there = self.rows.get(run.run_id)
        if there is None or there.etag != run.etag:
            raise Conflict(run.run_id)
        del self.rows[run.run_id]
        self.keys = {key: of for key, of in self.keys.items() if of[0] != run.run_id}

    async def admission(self) -> str | None:
        return self.admission_etag

    async def known_key(self, key_hash: str) -> tuple[RunId, str] | None:
        return self.keys.get(key_hash)

    async def accept(self, accepting: Accepting) -> Run:
        run, key_hash, there = accepting.run, accepting.key_hash, self.rows.get(accepting.run.run_id)
        if there and replace(there, etag=run.etag) == run and (key_hash is None or key_hash in self.keys):
            return there  # repeated by the same call, whose first answer was lost
        overtaken = not accepting.aside and accepting.admission_etag != self.admission_etag
        if run.run_id in self.rows or key_hash in self.keys or overtaken:
            raise Conflict(run.run_id)
        self.rows[run.run_id] = saved = replace(run, etag=an_etag())
        if key_hash is not None:
            self.keys[key_hash] = (run.run_id, accepting.body_hash)
        if not accepting.aside:
            self.admission_etag = an_etag()
        return saved

    async def save_letter(self, run: RunId, letter: PinnedLetter) -> None:
        if self.letters.setdefault(run, letter) != letter:
            raise Conflict("another report's")

    async def letter(self, run: RunId) -> PinnedLetter:
        if run not in self.letters:
            raise NotFound(run)
        return self.letters[run]

    async def save_recipients(self, run: RunId, page: int, recipients: Sequence[PinnedRecipient]) -> None:
        if len(recipients) > MOST_PER_PAGE:
            raise ValueError("too many for a page")
        if self.pinned_recipients.setdefault((run, page), list(recipients)) != list(recipients):
            raise Conflict("another run's")

    async def recipients(self, run: RunId, page: int) -> Sequence[PinnedRecipient]:
        if (run, page) not in self.pinned_recipients:
            raise NotFound(run)
        return self.pinned_recipients[run, page]

    async def delete_recipients(self, run: RunId) -> None:
        for key in [one for one in self.pinned_recipients if one[0] == run]:
            del self.pinned_recipients[key]
        self.letters.pop(run, None)

    async def pinned(self, *, first: RunId, last: RunId) -> list[RunId]:
        kept = {run for run, _ in self.pinned_recipients} | self.letters.keys()
        return sorted(run for run in kept if first <= run < last)

    async def foreign(self) -> Foreign:
        return self.foreign_row

    async def save_foreign(self, foreign: Foreign) -> Foreign:
        if foreign.etag != self.foreign_row.etag:
            raise Conflict("foreign")
        self.foreign_row = replace(foreign, etag=an_etag())
        return self.foreign_row


@dataclass
class MemoryDeliveries:
    rows: dict[RunId, dict[DeliveryKey, Delivery]] = field(default_factory=dict)
    page_size: int = 1000

    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None:
        return self.rows.get(run, {}).get(key)

    async def insert(self, rows: Sequence[Delivery]) -> list[Delivery]:
        if len(rows) > MOST_PER_INSERT:
            raise ValueError("too many for a transaction")
        if len({row.key for row in rows}) < len(rows):
            raise Conflict("two rows of the same key")
        for row in rows:
            there = await self.get(row.run_id, row.key)
            if there and (there.tenant_id, there.user_id) != (row.tenant_id, row.user_id):
                raise Conflict(row.key)
        for row in rows:
            self.rows.setdefault(row.run_id, {}).setdefault(row.key, replace(row, etag=an_etag()))
        return [self.rows[row.run_id][row.key] for row in rows]

    async def replace(self, row: Delivery) -> Delivery:
        there = await self.get(row.run_id, row.key)
        if there is None or there.etag != row.etag:
            raise Conflict(row.key)
        self.rows[row.run_id][row.key] = saved = replace(row, etag=an_etag())
        return saved

    async def delete(self, run: RunId) -> None:
        self.rows.pop(run, None)

    async def pages(
        self,
        run: RunId,
        *,
        states: Collection[DeliveryState] | None = None,
        after: DeliveryKey | None = None,
        due_before: datetime | None = None,
        tenant: TenantId | None = None,
    ) -> AsyncIterator[list[Delivery]]:
        found = [
            row
            for row in self._in_order(run, states, after)
            if (due_before is None or row.due_at < due_before) and tenant in (None, row.tenant_id)
        ]
        for start in range(0, len(found), self.page_size):
            yield found[start : start + self.page_size]

    async def page(
        self, scope: Scope, run: RunId, *, states: Collection[DeliveryState] | None, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        found = [row for row in self._in_order(run, states, after) if scope.allows(row.tenant_id)]
        return found[:limit], found[limit - 1].key if len(found) > limit else None

    def _in_order(self, run: RunId, states: Collection[DeliveryState] | None, after: str | None) -> list[Delivery]:
        rows = [row for key, row in sorted(self.rows.get(run, {}).items()) if key > (after or "")]
        return [row for row in rows if states is None or row.state in states]

    async def counts(self, run: RunId) -> Counted:
        rows = self.rows.get(run, {}).values()
        return Counted(by_state=Counter(row.state for row in rows), in_doubt_count=sum(row.asked_about for row in rows))


@dataclass
class MemoryPacing:
    row: Pacing = field(default_factory=Pacing)

    async def read(self) -> Pacing:
        return self.row

    async def lately(self, *, within: timedelta) -> Pacing:
        return await self.read()

    async def save(self, pacing: Pacing) -> Pacing:
        if pacing.etag != self.row.etag:
            raise Conflict("pacing")
        self.row = replace(pacing, etag=an_etag())
        return self.row


@dataclass
class MemoryContacts:
    rows: dict[tuple[TenantId, UserId], Contact] = field(default_factory=dict)

    async def of(self, tenant: TenantId, users: Collection[UserId]) -> dict[UserId, Contact]:
        return {user: self.rows[tenant, user] for user in users if (tenant, user) in self.rows}

    async def emailed(self, tenant: TenantId, user: UserId, *, at: datetime) -> None:
        there = self._row(tenant, user)
        if there.last_emailed_at is None or there.last_emailed_at < at:
            self.rows[tenant, user] = replace(
                there, last_emailed_at=at, emailed_count=there.emailed_count + 1, etag=an_etag()
            )

    async def bounced(self, tenant: TenantId, user: UserId, *, address: str, word: str, at: datetime) -> None:
        there = self._row(tenant, user)
        if there.bounced_at is None or there.bounced_at < at:
            self.rows[tenant, user] = replace(
                there, bounced_at=at, bounced_address=address, bounce=word, etag=an_etag()
            )

    def _row(self, tenant: TenantId, user: UserId) -> Contact:
        return self.rows.get((tenant, user), Contact(tenant_id=tenant, user_id=user))


@dataclass(frozen=True)
class Nudge:
    """A message in a queue; `key` None: expand the run."""

    due_at: datetime
    run_id: RunId
    key: DeliveryKey | None = None


@dataclass
class MemoryNudges:
    """Messages by number, kept until they are taken out: a test may deliver one twice, late, early or never."""

    clock: Callable[[], datetime] = field(default_factory=SetClock)
    messages: dict[int, Nudge] = field(default_factory=dict)
    sent_count: int = 0

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        for run, key in rows:
            self._put(Nudge(self.clock() + after, run, key))

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None:
        self._put(Nudge(self.clock() + after, run))

    def due(self, now: datetime | None = None) -> list[int]:
        """Numbers of the visible messages, in the order of their times."""
        until = now or self.clock()
        found = [(one.due_at, number) for number, one in self.messages.items() if one.due_at <= until]
        return [number for _, number in sorted(found)]

    def take(self, number: int) -> Nudge:
        return self.messages.pop(number)

    def _put(self, nudge: Nudge) -> None:
        self.sent_count += 1
        self.messages[self.sent_count] = nudge


type PostFault = Literal[
    "throttled",  # 429 without Retry-After
    "not let in",
    "sender refused",
    "not reached",
    "bad address",  # 400 although the operation is not known
    "500 before",  # not accepted, unknown outcome
    "500 after",  # accepted, unknown outcome: a lost answer, a dropped connection, a timeout
]


_NOT_ACCEPTED: dict[PostFault, MailAnswer] = {
    "throttled": Throttled(None),
    "not let in": Unauthorized("401 Denied"),
    "sender refused": SenderRefused("400 InvalidSenderUserName"),
    "not reached": ConnectFailed(),
    "bad address": Rejected("InvalidAddress"),
    "500 before": UnknownOutcome("500"),
}


@dataclass(frozen=True)
class Late:
    """Unknown outcome, and the request is still in progress: it is accepted so much later."""

    by: timedelta


@dataclass
class MemoryMailer:
    """A mail service. A script decides what the next POSTs and lookups meet; without a script it works normally.

    `same_id`: the answer to a second POST of a known operation: the same 202 (`dedup`), 400 (`reject`), or a second
    mail (`twice`). `lookup_lag`: how long after acceptance the lookup answers 404; None: always. `remembered`: after
    this time neither a POST nor the lookup knows the operation.
    """

    clock: Callable[[], datetime] = field(default_factory=SetClock)
    same_id: Literal["dedup", "reject", "twice"] = "dedup"
    lookup_lag: timedelta | None = timedelta(0)
    remembered: timedelta = timedelta(hours=24)
    posts: list[tuple[datetime, Mail]] = field(default_factory=list)  # all that began
    mailbox: list[tuple[datetime, Mail]] = field(default_factory=list)  # all that were accepted
    next_posts: deque[PostFault | Late | Throttled | None] = field(default_factory=deque)  # None: no fault
    next_questions: deque[NoAnswer | None] = field(default_factory=deque)
    given_up: dict[str, str] = field(default_factory=dict)  # operations that the service failed, and the reason
    questions: list[tuple[datetime, str]] = field(default_factory=list)
    _known: dict[str, tuple[datetime, Mail]] = field(default_factory=dict)
    _underway: list[tuple[datetime, Mail]] = field(default_factory=list)

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - the port's
        self.arrive()
        self.posts.append((self.clock(), mail))
        match self.next_posts.popleft() if self.next_posts else None:
            case None:
                return self._accept(mail)
            case Throttled() as answer:
                return answer
            case Late(by):
                self._underway.append((self.clock() + by, mail))
                return UnknownOutcome("no answer")
            case "500 after":
                self._accept(mail)
                return UnknownOutcome("500")
            case fault:
                return _NOT_ACCEPTED[fault]

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        self.arrive()
        self.questions.append((self.clock(), operation_id))
        scripted = self.next_questions.popleft() if self.next_questions else None
        if scripted is not None:
            return scripted
        known = self._remembers(operation_id)
        if known is None or self.lookup_lag is None or self.clock() - known[0] < self.lookup_lag:
            return UnknownOperation()
        return KnownOperation(self.given_up.get(operation_id))

    def arrive(self) -> None:
        """Accepts the delayed requests that are due by now."""
        for one in sorted((one for one in self._underway if one[0] <= self.clock()), key=lambda one: one[0]):
            self._underway.remove(one)
            self._accept(one[1], at=one[0])

    def accepted_count(self, operation_id: str) -> int:
        return sum(mail.operation_id == operation_id for _, mail in self.mailbox)

    def _accept(self, mail: Mail, at: datetime | None = None) -> MailAnswer:
        at = at or self.clock()
        known = self._remembers(mail.operation_id, at)
        if known and known[1] != mail:
            return Rejected("OperationIdReused")
        if known and self.same_id == "dedup":
            return Accepted()
        if known and self.same_id == "reject":
            return Rejected("OperationIdReused")
        self._known[mail.operation_id] = known or (at, mail)
        self.mailbox.append((at, mail))
        return Accepted()

    def _remembers(self, operation_id: str, now: datetime | None = None) -> tuple[datetime, Mail] | None:
        known = self._known.get(operation_id)
        return known if known and (now or self.clock()) - known[0] < self.remembered else None


def a_post(
    *, clock: Callable[[], datetime] | None = None, mailer: Mailer | None = None, numbers: SendingLimits | None = None
) -> Mailing:
    """All of sending's services on one clock, with a mail service."""
    clock = clock or SetClock()
    return Mailing(
        runs=MemoryRuns(),
        deliveries=MemoryDeliveries(),
        pacing=MemoryPacing(),
        contacts=MemoryContacts(),
        send_queue=MemoryNudges(clock),
        mailer=mailer or MemoryMailer(clock),
        senders=Senders(usual=SENDER),
        numbers=numbers or SendingLimits(),
    )
