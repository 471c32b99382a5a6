"""What sending asks of the world: rows of runs and deliveries, the pacing of each quota, nudges, the mail service.

Every method may raise TryAgain when storage is away. Writes are on condition of the row's `etag` and raise Conflict
when the row is another one; whoever meets that reads again. Times are aware UTC.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sspr_core.model.delivery import Counted, Delivery, DeliveryKey, DeliveryState
from sspr_core.model.ids import Scope, TenantId, UserId
from sspr_core.model.mail import LookupAnswer, Mail, MailAnswer
from sspr_core.model.mail_service import Senders
from sspr_core.model.queue_messages import Foreign
from sspr_core.model.recipient import Contact
from sspr_core.model.report import PinnedLetter
from sspr_core.model.run import PinnedRecipient, Run, RunId
from sspr_core.model.sending import Pacing, SendingLimits

MOST_PER_INSERT = 100  # deliveries of one transaction
MOST_PER_PAGE = 1000  # pinned recipients of one row, whatever their names are like
SWEPT_FOR = timedelta(days=7)  # after its end a run is still looked at: a row may turn up that was not final


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """What accepting a run writes in one transaction: the run, the caller's key for it, and the row that serialises.

    `key_hash` of caller and Idempotency-Key (None: the request had none), `body_hash` of the request's body.
    `admission_etag` is that of the admission row read before the checks (None: there is none yet).
    `aside`: a report, which takes nobody's turn: the admission row is left alone, and the key alone lets it be once.
    """

    run: Run
    key_hash: str | None
    body_hash: str
    admission_etag: str | None = None
    aside: bool = False


class Runs(Protocol):
    """Table Runs."""

    async def get(self, run: RunId) -> Run:
        """The run as it is now, never from a cache. Raises NotFound."""
        ...

    async def lately(self, run: RunId, *, within: timedelta) -> Run:
        """As it was no longer than `within` ago. Raises NotFound."""
        ...

    async def recent(self, *, before: RunId | None, limit: int) -> tuple[list[Run], RunId | None]:
        """Newest first, and from where to go on."""
        ...

    async def unfinished(self, *, now: datetime) -> list[Run]:
        """Runs that a sweep must look at, newest first: not finished, or ended within SWEPT_FOR."""
        ...

    async def save(self, run: Run) -> Run:
        """The whole row, if it is still the one with `run.etag`; comes back with the new one. Raises Conflict."""
        ...

    async def delete(self, run: Run) -> None:
        """The run's row and its caller's key, if it is still the one with `run.etag`. Raises Conflict."""
        ...

    async def admission(self) -> str | None:
        """The admission row's etag now; None: there is none."""
        ...

    async def known_key(self, key_hash: str) -> tuple[RunId, str] | None:
        """The run accepted under this key, and the hash of its request's body."""
        ...

    async def accept(self, accepting: Accepting) -> Run:
        """All or nothing; one's own write, whose answer was lost, is found.

        Raises Conflict when the key is there already, the admission row moved on, or the run's id is another run's.
        """
        ...

    async def save_letter(self, run: RunId, letter: PinnedLetter) -> None:
        """A report's, written before the run is accepted, and never another one. Safe to repeat.

        Raises ValueError when too large, Conflict when there is another one: the run's id is another report's.
        """
        ...

    async def letter(self, run: RunId) -> PinnedLetter:
        """Raises NotFound."""
        ...

    async def save_recipients(self, run: RunId, page: int, recipients: Sequence[PinnedRecipient]) -> None:
        """A page of at most MOST_PER_PAGE, from 0, written before the run is accepted; safe to repeat.

        Raises Conflict when it is there already, with others: the run's id is another run's.
        """
        ...

    async def recipients(self, run: RunId, page: int) -> Sequence[PinnedRecipient]:
        """Raises NotFound."""
        ...

    async def delete_recipients(self, run: RunId) -> None:
        """Pages, and the letter, of a run that was never accepted, or is deleted."""
        ...

    async def pinned(self, *, first: RunId, last: RunId) -> list[RunId]:
        """Runs from `first` to before `last` whose recipients or letter are kept, accepted or not."""
        ...

    async def foreign(self) -> Foreign:
        """What came through our queues and was none of ours; nothing yet: an empty one."""
        ...

    async def save_foreign(self, foreign: Foreign) -> Foreign:
        """If it is still the one with `foreign.etag`. Raises Conflict."""
        ...


class Deliveries(Protocol):
    """Table Deliveries, a partition per run."""

    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None: ...

    async def insert(self, rows: Sequence[Delivery]) -> list[Delivery]:
        """Insert rows of one run, never write over one: those that are there already are left, and come back.

        At most MOST_PER_INSERT; in their order. Raises Conflict when a row there is another user's.
        """
        ...

    async def replace(self, row: Delivery) -> Delivery:
        """The whole row, if it is still the one with `row.etag`. Raises Conflict."""
        ...

    def pages(
        self,
        run: RunId,
        *,
        states: Collection[DeliveryState] | None = None,
        after: DeliveryKey | None = None,
        due_before: datetime | None = None,
        tenant: TenantId | None = None,
    ) -> AsyncIterator[list[Delivery]]:
        """In key order, beyond `after`; None: whatever state, whenever due, whosever. A page may be empty."""
        ...

    async def page(
        self, scope: Scope, run: RunId, *, states: Collection[DeliveryState] | None, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """For a reader: only of tenants within the scope."""
        ...

    async def counts(self, run: RunId) -> Counted:
        """Read from the rows, without what else they hold."""
        ...

    async def delete(self, run: RunId) -> None:
        """All of the run's. A crash leaves some; safe to repeat, also by two at once."""
        ...


class PacingRows(Protocol):
    """Table Pacing: one row per quota."""

    async def read(self) -> Pacing: ...
    async def lately(self, *, within: timedelta) -> Pacing:
        """As it was no longer than `within` ago, or as saved here since."""
        ...

    async def save(self, pacing: Pacing) -> Pacing:
        """Raises Conflict."""
        ...


class Contacts(Protocol):
    """Table Contacts, a partition per tenant."""

    async def of(self, tenant: TenantId, users: Collection[UserId]) -> dict[UserId, Contact]:
        """Those known, of these users."""
        ...

    async def emailed(self, tenant: TenantId, user: UserId, *, at: datetime) -> None:
        """The last time, and one more; nothing unless it is later than the last, so it is safe to repeat."""
        ...

    async def bounced(self, tenant: TenantId, user: UserId, *, address: str, word: str, at: datetime) -> None:
        """Write it beside the rest, unless a later bounce is there."""
        ...


class SendQueue(Protocol):
    """The queues: "look at this". At least once, in any order, perhaps never."""

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        """Many at once are fine, in one call or several: the adapter keeps to a few at a time."""
        ...

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None: ...


class Mailer(Protocol):
    """A mail service. Neither method raises for what a service may answer."""

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - of the whole POST
        """Exactly one POST."""
        ...

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        """Whether the service knows the operation."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailing:
    """The ports of sending, together. `mailer` None: sending is off (SSPR_MAIL_SERVICE), and runs are refused."""

    runs: Runs
    deliveries: Deliveries
    pacing: PacingRows
    contacts: Contacts
    send_queue: SendQueue
    mailer: Mailer | None
    senders: Senders
    numbers: SendingLimits  # of the settings: quotas, the longest run, waits

    @property
    def sending_off(self) -> bool:
        return self.mailer is None
