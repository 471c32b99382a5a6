"""Emails of a run, through all steps of a delivery."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import msgspec
from azure.core import MatchConditions
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableClient
from azure.storage.queue.aio import QueueClient

from bench import mailing, ours
from bench.bare_mail import BareMail, open_bare_mail
from bench.drain import drain
from bench.figure import Figure
from bench.peers import mail_script
from bench.rounds import in_turn, seconds
from bench.size import Size
from bench.stage import Stage
from dev.commands.parts import Parts
from sspr_core.adapters.acs_mailer import message_of
from sspr_core.adapters.tables.deliveries import delivery_row
from sspr_core.adapters.telemetry import OpenTelemetry, open_telemetry
from sspr_core.model.delivery import Delivery, DeliveryState
from sspr_core.model.run import PinnedRecipient
from sspr_core.ports.services import Services
from sspr_core.runs.compose_mail import compose_mail
from sspr_core.runs.triggers import handle_send_message, sender

NAME = "send_mail"
PREFIX = "sendmail"
UNKNOWN_FOR = 1.0  # seconds until the service knows an email's final status
HASTY = 20  # times as many emails for the peer where the status is known at once
ONLY_IF_SAME = {"mode": UpdateMode.REPLACE, "match_condition": MatchConditions.IfNotModified}


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """What the contestants share; each round is a run of its own to the same people."""

    stage: Stage
    services: Services
    heard: Services  # the same, with telemetry
    recipients: Sequence[PinnedRecipient]
    queue: QueueClient
    table: TableClient
    bare: BareMail

    async def timed(self, rows: Sequence[Delivery], work: Callable[[bytes], Awaitable[None]]) -> float:
        """For each row a message is sent, received, processed and deleted, several at a time as in the app."""

        async def send_and_drain() -> None:
            keys = [(row.run_id, row.key) for row in rows]
            await self.services.post.send_queue.deliver(keys, after=timedelta(0))
            await drain(self.queue, len(rows), work)

        return await seconds(send_and_drain)

    async def ours(self) -> float:
        by = sender(self.services, clock=ours.now)
        return await self._ours(lambda message: handle_send_message(message, by))

    async def told(self) -> float:
        """With telemetry: a span per email and its count, exported before the message is deleted."""
        telemetry, by = self.heard.telemetry, sender(self.heard, clock=ours.now)

        async def one(message: bytes) -> None:
            async with telemetry.invocation():
                with telemetry.span("send_email", {}):
                    await handle_send_message(message, by)

        return await self._ours(one)

    async def _ours(self, work: Callable[[bytes], Awaitable[None]]) -> float:
        self.stage.mail_service()
        run, rows = await mailing.expanded(self.services, self.recipients)
        taken = await self.timed(rows, work)
        counts = (await self.services.post.deliveries.counts(run.run_id)).by_state
        if counts != {DeliveryState.ACCEPTED: len(rows)}:
            raise RuntimeError(f"not all emails were sent: {counts}")
        return taken

    async def limit(self) -> float:
        """Bare POSTs, and the two writes that prevent lost or doubled emails."""
        self.stage.mail_service()
        run, rows = await mailing.expanded(self.services, self.recipients)
        by_key = {row.key: (row, msgspec.json.encode(message_of(compose_mail(run, row)))) for row in rows}

        async def one(message: bytes) -> None:
            row, body = by_key[msgspec.json.decode(message)["key"]]
            written = await self.table.update_entity(delivery_row(row), etag=row.etag, **ONLY_IF_SAME)
            await self.bare.send(row.operation_id, body)
            await self.table.update_entity(delivery_row(row), etag=written["etag"], **ONLY_IF_SAME)

        return await self.timed(rows, one)

    async def peer(self, count: int, running_for: float) -> float:
        """Seconds per email."""
        self.stage.mail_service(running_for=running_for)
        run, rows = await mailing.expanded(self.services, self.recipients[:count])
        messages = [message_of(compose_mail(run, row)) for row in rows]
        connection = self.stage.cloud["mail_connection_string"]
        return await seconds(partial(asyncio.to_thread, mail_script.send, connection, messages)) / count


@asynccontextmanager
async def told_to_azure_monitor() -> AsyncIterator[OpenTelemetry]:
    """Telemetry through the real exporters, to a process that receives all of it."""
    with Parts() as parts:
        said = parts.start("ingestion", [sys.executable, "-m", "dev.ingestion"]).ready_line()
        telemetry = open_telemetry(said["connection"])
        yield telemetry
        await asyncio.to_thread(telemetry.close)


async def measure(stage: Stage, size: Size) -> Figure:
    """Milliseconds per email. The peer is measured again with a service that knows the final status at once."""
    count, few, connection = size.emails, size.peer_emails, stage.storage
    recipients = mailing.people(count)
    async with (
        told_to_azure_monitor() as telemetry,
        mailing.open_post_office(stage, PREFIX) as services,
        mailing.open_post_office(stage, PREFIX, telemetry) as heard,
        open_bare_mail(stage) as bare,
        QueueClient.from_connection_string(connection, f"{PREFIX}send-emails") as queue,
        TableClient.from_connection_string(connection, f"{PREFIX}Deliveries") as table,
    ):
        await mailing.known(services, recipients)
        contest = Contest(
            stage=stage, services=services, heard=heard, recipients=recipients, queue=queue, table=table, bare=bare
        )
        for warm_up in (partial(contest.peer, 1, 0), contest.ours, contest.told, contest.limit):
            await warm_up()  # imports, connections, and an emulator that is faster once warm
        found = await in_turn(
            2 * size.rounds,
            {
                "ours": contest.ours,
                "told": contest.told,
                "limit": contest.limit,
                "peer": partial(contest.peer, few, UNKNOWN_FOR),
                "hasty": partial(contest.peer, HASTY * few, 0),
            },
            seldom={"peer": size.peer_rounds, "hasty": size.peer_rounds},
        )
    each = found["ours"] / count
    remark = (
        f"{1 / each:,.0f} emails a second, no snapshot in between; of the limit, POSTs are bare, rows and messages are "
        f"the SDKs'; the peer sends {few} and asks 3 s later, as the service wants, what became of each; if that were "
        f"known at once, it would take {1000 * found['hasty']:.3g} ms for an email; with Azure Monitor on this "
        f"machine, and each email's metrics sent before its message is let go, ours takes "
        f"{1000 * found['told'] / count:.3g} ms"
    )
    return Figure(
        name=NAME,
        title=f"An email of a run of {count:,}, one process",
        unit="ms",
        ours=1000 * each,
        peer=1000 * found["peer"],
        limit=1000 * found["limit"] / count,
        goal_peer=8,
        goal_limit=2,
        remark="\n".join(filter(None, [remark, size.remark(f"{count} emails; {size.peer_remark}")])),
    )
