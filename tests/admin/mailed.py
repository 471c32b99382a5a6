"""Storage in which Ana and Ben were mailed, for the commands that erase them."""

from random import Random

from msgspec.structs import replace as but

from sspr_core.adapters.storage import Storage
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.report import Attachment, Letter, PinnedLetter
from sspr_core.model.run import RunId, RunState
from sspr_core.ports.mail import Accepting
from tests.builders import MONDAY
from tests.contract.test_storage import a_claim, a_put, write
from tests.graph_rows import guid
from tests.report.report_builders import a_report
from tests.runs.delivery_builders import RUN, TENANT, a_delivery, a_recipient, a_run

ANA, BEN = UserId(guid("ana")), UserId(guid("ben"))
LATER = RunId("0019a1b2c3d4ff")


async def mail(storage: Storage) -> None:
    """Ana and Ben were mailed, Ana's address bounced."""
    claim = await a_claim(storage, TENANT, now=MONDAY)
    await write(storage, claim, a_put(ANA), a_put(BEN))
    await storage.claims.release(claim)
    await accept(storage, RUN, RunState.FINISHED, expanded=True)
    await storage.deliveries.insert([delivery("ana"), delivery("ben")])
    await storage.contacts.bounced(TENANT, ANA, address="ana@contoso.example", word="bounced", at=MONDAY)


async def accept(storage: Storage, run: RunId, state: RunState, *, expanded: bool) -> None:
    """A run for Ana and Ben, up to this state."""
    await storage.runs.save_recipients(run, 0, [a_recipient("ana"), a_recipient("ben")])
    one = a_run(run_id=run, state=state, expanded=expanded, recipient_count=2)
    await storage.runs.accept(
        Accepting(run=one, key_hash=None, body_hash="", admission_etag=await storage.runs.admission())
    )


def delivery(name: str, state: DeliveryState = DeliveryState.BOUNCED) -> Delivery:
    return a_delivery(name, state=state, accepted_at=MONDAY)


async def report(storage: Storage, state: RunState, *, names: bool = True, tenant: TenantId = TENANT) -> PinnedLetter:
    """A report's run up to this state; its email takes more than one row."""
    file = Attachment(name="users.xlsx", content_type="application/zip", content=Random(7).randbytes(1_500_000))
    letter = PinnedLetter(
        letter=Letter(subject="Report", text="Ana", html="<p>Ana</p>", attachments=(file,)),
        report=but(a_report(), tenant_id=tenant, named=names),
    )
    await storage.runs.save_letter(LATER, letter)
    one = a_run(run_id=LATER, state=state, expanded=True, report=tenant)
    await storage.runs.accept(Accepting(run=one, key_hash=None, body_hash="", aside=True))
    return letter
