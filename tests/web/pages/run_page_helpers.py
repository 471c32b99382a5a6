"""What tests of runs' pages have in common."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

from sspr_core.model.run import Run, RunId
from sspr_core.ports.services import Services
from tests.fakes.mailing import MemoryDeliveries, MemoryMailer, MemoryRuns
from tests.runs.delivery_builders import RUN

FORM = {"content-type": "application/x-www-form-urlencoded"}
HTMX = {"hx-request": "true"}


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def runs_of(world: Services) -> dict[RunId, Run]:
    runs = world.post.runs
    assert isinstance(runs, MemoryRuns)
    return runs.rows


def now_is(world: Services, **said: Any) -> None:
    """The run, otherwise."""
    runs_of(world)[RUN] = replace(runs_of(world)[RUN], **said)


def ben_is(world: Services, **said: Any) -> None:
    """His delivery, otherwise."""
    deliveries = world.post.deliveries
    assert isinstance(deliveries, MemoryDeliveries)
    for key, row in deliveries.rows[RUN].items():
        if row.display_name == "Ben":
            deliveries.rows[RUN][key] = replace(row, **said)


def without_mail(world: Services) -> Services:
    assert isinstance(world.post.mailer, MemoryMailer)
    return replace(world, post=replace(world.post, mailer=None))
