"""Expanding a run: from stored recipients to deliveries."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import batched

from azure.data.tables.aio import TableServiceClient

from bench import mailing, ours
from bench.figure import Figure
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage
from sspr_core.adapters.tables.deliveries import delivery_row
from sspr_core.model.run import PinnedRecipient
from sspr_core.model.sending import SendingLimits
from sspr_core.ports.mail import MOST_PER_INSERT
from sspr_core.ports.services import Services
from sspr_core.runs.expand import expand, first_delivery

NAME = "expand_run"
AT_ONCE = 8  # transactions, as in expand
NO_QUOTA = SendingLimits(per_minute=None, per_hour=None)


async def measure(stage: Stage, size: Size) -> Figure:
    """Seconds with the settings' quota; the limit is transactions of 100 inserts through the same SDK, nothing else."""
    recipients, busy = mailing.people(size.large_run), []
    async with (
        mailing.open_post_office(stage, NAME.replace("_", "")) as services,
        TableServiceClient.from_connection_string(stage.storage) as service,
    ):

        async def our_round() -> float:
            before = time.process_time()
            taken = await expanding(services, recipients, SendingLimits())
            busy.append((time.process_time() - before) / taken)
            return taken

        found = await in_turn(
            size.peer_rounds, {"ours": our_round, "limit": partial(bare_round, service, services, recipients)}
        )
        with_nudges = await expanding(services, recipients[: size.emails], NO_QUOTA)
    count = len(recipients)
    remark = (
        f"{count / found['ours']:,.0f} rows a second, {max(busy):.0%} of the time this process's own: the SDK makes a "
        f"request of each row; {size.emails / with_nudges:,.0f} without a quota, when each has its nudge at once"
    )
    return Figure(
        name=NAME,
        title=f"Expanding a run of {count:,}",
        unit="s",
        ours=found["ours"],
        limit=found["limit"],
        remark="\n".join(filter(None, [remark, size.remark(f"{count:,} recipients, one round")])),
    )


async def expanding(services: Services, recipients: Sequence[PinnedRecipient], numbers: SendingLimits) -> float:
    run = await mailing.accepted(services, recipients)
    taken = await seconds(partial(expand, run.run_id, replace(services.post, numbers=numbers), clock=ours.now))
    counted = sum((await services.post.deliveries.counts(run.run_id)).by_state.values())
    if counted != len(recipients):
        raise RuntimeError(f"{counted} of {len(recipients)} recipients have a delivery")
    return taken


async def bare_round(service: TableServiceClient, services: Services, recipients: Sequence[PinnedRecipient]) -> float:
    run = await mailing.accepted(services, recipients)
    table = await service.create_table_if_not_exists("BareRows")
    operations = [("create", delivery_row(first_delivery(run, one, ours.now()))) for one in recipients]
    places = asyncio.Semaphore(AT_ONCE)

    async def write(some: Sequence[tuple[str, dict[str, object]]]) -> None:
        async with places:
            await table.submit_transaction(some)

    async def write_all() -> None:
        await asyncio.gather(*(write(some) for some in batched(operations, MOST_PER_INSERT, strict=False)))

    return await seconds(write_all)
