"""Shared by the tests of the runs' pages."""

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


def runs_of(services: Services) -> dict[RunId, Run]:
    runs = services.post.runs
    assert isinstance(runs, MemoryRuns)
    return runs.rows


def now_is(services: Services, **said: Any) -> None:
    """Replaces fields of the run."""
    runs_of(services)[RUN] = replace(runs_of(services)[RUN], **said)


def ben_is(services: Services, **said: Any) -> None:
    """Replaces fields of Ben's delivery."""
    deliveries = services.post.deliveries
    assert isinstance(deliveries, MemoryDeliveries)
    for key, row in deliveries.rows[RUN].items():
        if row.display_name == "Ben":
            deliveries.rows[RUN][key] = replace(row, **said)


def without_mail(services: Services) -> Services:
    assert isinstance(services.post.mailer, MemoryMailer)
    return replace(services, post=replace(services.post, mailer=None))
