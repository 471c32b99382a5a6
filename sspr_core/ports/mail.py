"""The ports of sending: rows of runs and deliveries, the pacing of each quota, the send queue, the mail service.

Every method may raise TryAgain when storage is unavailable. Writes are on condition of the row's `etag` and raise
Conflict when the row has changed; the caller then reads again. Times are aware UTC.
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
MOST_PER_PAGE = 1000  # pinned recipients in one row, however long their names are
SWEPT_FOR = timedelta(days=7)  # after its end a run is still checked: a row that is not final may appear


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepting:
    """What accepting a run writes in one transaction: the run, the caller's key for it, and the admission row.

    The admission row serialises acceptance. `key_hash`: of caller and Idempotency-Key (None: the request had none);
    `body_hash`: of the request's body. `admission_etag`: of the admission row read before the checks (None: there was
    none). `aside`: a report, which does not compete with other runs: the admission row is not written, and only the
    key ensures that it is accepted once.
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
        """The run, read no longer than `within` ago. Raises NotFound."""
        ...

    async def recent(self, *, before: RunId | None, limit: int) -> tuple[list[Run], RunId | None]:
        """Newest first, and where to continue."""
        ...

    async def unfinished(self, *, now: datetime) -> list[Run]:
        """Runs that a sweep must check, newest first: not finished, or ended within SWEPT_FOR."""
        ...

    async def save(self, run: Run) -> Run:
        """Write the whole row if it still has `run.etag`; returns it with the new one. Raises Conflict."""
        ...

    async def delete(self, run: Run) -> None:
        """Delete the run's row and its caller's key if the row still has `run.etag`. Raises Conflict."""
        ...

    async def admission(self) -> str | None:
        """The current etag of the admission row; None: there is none."""
        ...

    async def known_key(self, key_hash: str) -> tuple[RunId, str] | None:
        """The run accepted under this key, and the hash of its request's body."""
        ...

    async def accept(self, accepting: Accepting) -> Run:
        """Write all or nothing; recognises its own earlier write, whose answer was lost.

        Raises Conflict when the key exists already, the admission row has changed, or the run's id is another run's.
        """
        ...

    async def save_letter(self, run: RunId, letter: PinnedLetter) -> None:
        """Store the content of a report's emails, before the run is accepted; never replaces another. Safe to repeat.

        Raises ValueError when too large, Conflict when a different one exists: the run's id is another report's.
        """
        ...

    async def letter(self, run: RunId) -> PinnedLetter:
        """Raises NotFound."""
        ...

    async def save_recipients(self, run: RunId, page: int, recipients: Sequence[PinnedRecipient]) -> None:
        """Write a page of at most MOST_PER_PAGE, counted from 0, before the run is accepted; safe to repeat.

        Raises Conflict when the page exists with other recipients: the run's id is another run's.
        """
        ...

    async def recipients(self, run: RunId, page: int) -> Sequence[PinnedRecipient]:
        """Raises NotFound."""
        ...

    async def delete_recipients(self, run: RunId) -> None:
        """Delete the pages and the email content of a run that was never accepted or is being deleted."""
        ...

    async def pinned(self, *, first: RunId, last: RunId) -> list[RunId]:
        """Runs from `first` to before `last` that have stored recipients or email content, accepted or not."""
        ...

    async def foreign(self) -> Foreign:
        """The count of messages in the app's queues that were not its own; empty if there were none."""
        ...

    async def save_foreign(self, foreign: Foreign) -> Foreign:
        """Write it if the row still has `foreign.etag`. Raises Conflict."""
        ...


class Deliveries(Protocol):
    """Table Deliveries, a partition per run."""

    async def get(self, run: RunId, key: DeliveryKey) -> Delivery | None: ...

    async def insert(self, rows: Sequence[Delivery]) -> list[Delivery]:
        """Insert rows of one run, never overwrite one: rows that exist are kept and returned.

        At most MOST_PER_INSERT; returned in their order. Raises Conflict when an existing row is another user's.
        """
        ...

    async def replace(self, row: Delivery) -> Delivery:
        """Write the whole row if it still has `row.etag`. Raises Conflict."""
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
        """In key order, beyond `after`; None: any state, any due time, any tenant. A page may be empty."""
        ...

    async def page(
        self, scope: Scope, run: RunId, *, states: Collection[DeliveryState] | None, after: str | None, limit: int
    ) -> tuple[list[Delivery], str | None]:
        """A page for a caller: only deliveries of tenants within the scope."""
        ...

    async def counts(self, run: RunId) -> Counted:
        """Counts the rows by reading only the columns needed."""
        ...

    async def delete(self, run: RunId) -> None:
        """Delete all of the run's. A crash leaves some; safe to repeat, also by two workers at once."""
        ...


class PacingRows(Protocol):
    """Table Pacing: one row per quota."""

    async def read(self) -> Pacing: ...
    async def lately(self, *, within: timedelta) -> Pacing:
        """The row, read no longer than `within` ago, or as saved here since."""
        ...

    async def save(self, pacing: Pacing) -> Pacing:
        """Raises Conflict."""
        ...


class Contacts(Protocol):
    """Table Contacts, a partition per tenant."""

    async def of(self, tenant: TenantId, users: Collection[UserId]) -> dict[UserId, Contact]:
        """The stored contacts of these users."""
        ...

    async def emailed(self, tenant: TenantId, user: UserId, *, at: datetime) -> None:
        """Set the last time and add one to the count, only if `at` is later than the last: so safe to repeat."""
        ...

    async def bounced(self, tenant: TenantId, user: UserId, *, address: str, word: str, at: datetime) -> None:
        """Record the bounce, unless a later one is stored."""
        ...


class SendQueue(Protocol):
    """Queues messages that ask to check a delivery or run. At least once, in any order, perhaps never."""

    async def deliver(self, rows: Iterable[tuple[RunId, DeliveryKey]], *, after: timedelta) -> None:
        """Takes any number, in one call or several: the adapter sends a few at a time."""
        ...

    async def expand(self, run: RunId, *, after: timedelta = timedelta(0)) -> None: ...


class Mailer(Protocol):
    """A mail service. Neither method raises for an answer of the service."""

    async def send(self, mail: Mail, *, timeout: timedelta) -> MailAnswer:  # noqa: ASYNC109 - of the whole POST
        """Send exactly one POST."""
        ...

    async def ask(self, operation_id: str, *, timeout: timedelta) -> LookupAnswer:  # noqa: ASYNC109
        """Look up whether the service knows the operation."""
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
    numbers: SendingLimits  # from the settings: quotas, the longest run, waits

    @property
    def sending_off(self) -> bool:
        return self.mailer is None
