"""A run to send: tenants whose users are not registered, and the run as it was accepted."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import batched
from uuid import UUID, uuid4

import msgspec

from bench import ours
from bench.stage import Stage
from sspr_core.adapters.acs_mailer import open_mailer
from sspr_core.adapters.traced_mailer import TracedMailer
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.delivery import Delivery
from sspr_core.model.ids import TenantId, UserId
from sspr_core.model.registration import Registration, User
from sspr_core.model.run import Pinned, PinnedRecipient, Run, RunState, new_run_id
from sspr_core.model.sending import SendingLimits
from sspr_core.model.tenant import Tenant, TenantStatus
from sspr_core.ports.mail import MOST_PER_INSERT, MOST_PER_PAGE, Accepting
from sspr_core.ports.services import Services
from sspr_core.ports.storage import MOST_PER_WRITE, Claim, StoredMark
from sspr_core.ports.telemetry import NULL_TELEMETRY, Telemetry
from sspr_core.runs.audience import pinned_key
from sspr_core.runs.expand import first_delivery
from sspr_core.snapshot.diff import differences

LANGUAGE, DIGEST = "en", "1..1000.0123456789abcdef"
PER_TENANT = 1_000  # recipients


@asynccontextmanager
async def open_post_office(stage: Stage, prefix: str, telemetry: Telemetry = NULL_TELEMETRY) -> AsyncIterator[Services]:
    """Services with the simulated mail service, and no quota."""
    opened = open_mailer(connection=stage.cloud["mail_connection_string"])
    mailer = opened if telemetry is NULL_TELEMETRY else TracedMailer(opened, telemetry)
    async with ours.open_world(stage, prefix=prefix, telemetry=telemetry) as services:
        numbers = SendingLimits(per_minute=None, per_hour=None)
        yield replace(services, post=replace(services.post, mailer=mailer, numbers=numbers))
    await opened.close()


def people(count: int) -> list[PinnedRecipient]:
    """So many recipients, spread over as many tenants as needed."""
    found = []
    for some in batched(range(count), PER_TENANT, strict=False):
        tenant = TenantId(str(uuid4()))
        found += [
            PinnedRecipient(
                tenant_id=tenant,
                user_id=UserId(str(uuid4())),
                address=f"person{number}@contoso.example",
                display_name=f"Ana Person{number}",
                language=LANGUAGE,
            )
            for number in some
        ]
    return found


async def known(services: Services, recipients: Sequence[PinnedRecipient]) -> None:
    """Their tenants, with status and users' rows, as after a first snapshot: no user is registered."""
    now = ours.now()
    for some in batched(recipients, PER_TENANT, strict=False):
        tenant = some[0].tenant_id
        await services.tenants.save_found([Tenant(tenant_id=tenant, found_at=now, listed=True)])
        await services.tenants.save_status(TenantStatus(tenant_id=tenant, last_success_at=now, digest=DIGEST))
        await stored(services, tenant, some)


async def stored(services: Services, tenant: TenantId, people: Sequence[PinnedRecipient]) -> None:
    """Users' rows of a tenant, as after a first snapshot."""
    now = ours.now()
    claim = await services.claims.take(tenant, "bench", now=now, lease=timedelta(minutes=5))
    assert isinstance(claim, Claim)
    fence = await services.registrations.fence(claim)
    packed = {one.user_id: msgspec.msgpack.encode(_user(one)) for one in people}
    found = [one async for one in differences(packed, _nobody(), at=now, previous_at=None)]
    for part in batched(found, MOST_PER_WRITE, strict=False):
        fence = await services.registrations.write(claim, fence, part, at=now)


async def accepted(services: Services, recipients: Sequence[PinnedRecipient]) -> Run:
    """A run to them, queued."""
    now = ours.now()
    tenants = dict.fromkeys((one.tenant_id for one in recipients), "Contoso Ltd")
    pinned = Pinned(branding=Branding(company="Example Partner", support_contact="+49 30 1234567"), words=Words())
    run = Run(
        run_id=new_run_id(now),
        template="register_now",
        created_at=now,
        created_by=str(UUID(int=1)),
        created_by_name="olga@partner.example",
        tenants=tenants,
        pinned={pinned_key(tenant, LANGUAGE): pinned for tenant in tenants},
        digests=dict.fromkeys(tenants, DIGEST),
        sender_address="donotreply@simulated.example",
        recipient_count=len(recipients),
        page_count=-(-len(recipients) // MOST_PER_PAGE),
        touched_at=now,
    )
    for page, some in enumerate(batched(recipients, MOST_PER_PAGE, strict=False)):
        await services.post.runs.save_recipients(run.run_id, page, some)
    admission = await services.post.runs.admission()
    return await services.post.runs.accept(Accepting(run=run, key_hash=None, body_hash="", admission_etag=admission))


async def expanded(services: Services, recipients: Sequence[PinnedRecipient]) -> tuple[Run, list[Delivery]]:
    """A run to them that is sending, with deliveries whose slots have just begun; no queue messages are sent."""
    run = await accepted(services, recipients)
    rows: list[Delivery] = []
    for some in batched(recipients, MOST_PER_INSERT, strict=False):
        rows += await services.post.deliveries.insert([first_delivery(run, one, ours.now()) for one in some])
    sending = replace(run, state=RunState.SENDING, cursor=len(rows), expanded=True, scheduled=True)
    return await services.post.runs.save(sending), rows


async def _nobody() -> AsyncIterator[list[StoredMark]]:
    """The stored users of a tenant without users."""
    for page in ():
        yield page


def _user(one: PinnedRecipient) -> User:
    return User(
        display_name=one.display_name,
        upn=one.address,
        mail=one.address,
        registration=Registration.NOT_REGISTERED,
        enabled=True,
        capable=False,
        admin=False,
        methods=(),
        excluded=None,
        covered=True,
        account_enabled=True,
        synced=False,
        user_type="Member",
        preferred_language=None,
        usage_location="DE",
        other_mails=(),
        created_at=None,
    )
