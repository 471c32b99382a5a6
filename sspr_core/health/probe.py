"""Probes every part of the app concurrently, each within a time limit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from sspr_core.health import checks as rules
from sspr_core.health.checks import Check, fail, ok
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.ids import EVERY_TENANT, TenantId
from sspr_core.model.mail import LookupAnswer
from sspr_core.model.problem import AccessError, Problem, remedy
from sspr_core.model.run import RunState
from sspr_core.ports.services import Services

log = logging.getLogger(__name__)

LONGEST = timedelta(seconds=10)
MAIL_ASKED_EVERY = timedelta(minutes=10)  # each lookup uses the quota that deliveries in doubt need
_NO_OPERATION = "00000000-0000-4000-8000-000000000000"
_SEE_LOG = "Look for this check in the app's log."

type Look = Callable[[], Awaitable[list[Check]]]


class HealthProbe:
    """Probes the services; caches the mail service's answer."""

    def __init__(self, services: Services) -> None:
        self._world = services
        self._mail: tuple[datetime, LookupAnswer] | None = None

    async def look(self, *, now: datetime, longest: timedelta = LONGEST) -> list[Check]:
        """Every check, in the same order. Raises nothing: an error in a probe becomes its failed check."""
        looks: dict[str, Look] = {
            "storage": partial(self._storage, now=now),
            "graph": self._graph,
            "mail": partial(self._mail_service, now=now),
            "jobs": partial(self._job_runs, now=now),
            "discovery": self._discovery,
            "snapshots": partial(self._snapshots, now=now),
        }
        found = await asyncio.gather(*(_bounded(name, look, longest) for name, look in looks.items()))
        return [ok("settings", "All are there, and right."), *(check for checks in found for check in checks)]

    async def _storage(self, *, now: datetime) -> list[Check]:
        queues = await self._world.queues.states()
        return [ok("storage", "The queues answer."), *(rules.of_queue(one, now=now) for one in queues)]

    async def _graph(self) -> list[Check]:
        """Gets a token of the partner's own tenant, and checks its `tid` too."""
        try:
            async with self._world.directories.open(TenantId(self._world.terms.partner_tenant_id)):
                return [ok("graph", "Entra gives the app a token for your own tenant.")]
        except (GiveUp, TryAgain) as error:
            if error.trouble is None:
                raise
            trouble = error.trouble
            return [fail("graph", f"{trouble.word} ({trouble.code}): {trouble.message}", self._remedy(trouble))]

    def _remedy(self, trouble: AccessError | Problem) -> str:
        """The remedy for a problem in the partner's own tenant."""
        terms = self._world.terms
        partner = TenantId(terms.partner_tenant_id)
        return remedy(trouble.word, partner, terms.client_id, terms.authority, terms.public_url, code=trouble.code)

    async def _mail_service(self, *, now: datetime) -> list[Check]:
        post = self._world.post
        unfinished = [run for run in await post.runs.unfinished(now=now) if run.state.unfinished]
        if post.mailer is None:
            return [rules.of_sending_off(len(unfinished))]
        if self._mail is None or now - self._mail[0] > MAIL_ASKED_EVERY:
            self._mail = now, await post.mailer.ask(_NO_OPERATION, timeout=LONGEST)
        paused = [run for run in unfinished if run.state is RunState.PAUSED and run.problem]
        return [rules.of_mail(self._mail[1], await post.pacing.read(), paused_count=len(paused), now=now)]

    async def _job_runs(self, *, now: datetime) -> list[Check]:
        runs = {run.job: run for run in await self._world.job_runs.all()}
        return [rules.of_job(job, runs.get(job), now=now) for job in rules.LONGEST_PAUSES]

    async def _discovery(self) -> list[Check]:
        found = await self._world.tenants.discovery()
        return [rules.of_discovery(found, remedy=self._remedy(found.problem) if found.problem else "")]

    async def _snapshots(self, *, now: datetime) -> list[Check]:
        known = await self._world.tenants.known(EVERY_TENANT)
        return [rules.of_snapshots(known, self._world.terms, now=now)]


async def _bounded(name: str, look: Look, longest: timedelta) -> list[Check]:
    try:
        async with asyncio.timeout(longest.total_seconds()):
            return await look()
    except TimeoutError:
        return [fail(name, f"No answer within {longest.total_seconds():g} s.", _SEE_LOG)]
    except TryAgain:
        return [fail(name, "Storage does not answer.", "See that the app's identity may use its tables and queues.")]
    except Exception as error:  # whatever the error is, the other checks must still be answered
        log.exception("health: looking at %s failed", name)
        return [fail(name, f"Looking failed: {type(error).__name__}.", _SEE_LOG)]
