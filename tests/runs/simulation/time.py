"""Time passes: timeouts end, and abandoned requests arrive at the latest possible moment."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial

from sspr_core.model.mail import NoAnswer
from tests.runs.simulation.simulation import Stage

type Following = tuple[datetime, Callable[[], Awaitable[None]]]


async def forward(stage: Stage, by: timedelta) -> None:
    until = stage.now + by
    while (following := _following(stage)) is not None and following[0] <= until:
        stage.now, happens = max(stage.now, following[0]), following[1]
        await happens()
    stage.now = until


def _following(stage: Stage) -> Following | None:
    """The next timed events: T and Z of each POST, the timeout of each lookup."""
    service, numbers = stage.service, stage.numbers
    found: list[Following] = []
    for request in service.under_way:
        patience = request.begun_at + numbers.post_timeout
        if request.call is not None:
            found.append((patience, partial(service.hang_up, request)))
        else:
            found.append((patience + numbers.lingering, partial(service.process, request)))
    found += [
        (question.asked_at + numbers.ask_timeout, partial(service.say, question, NoAnswer()))
        for question in service.questions
    ]
    return min(found, key=lambda one: one[0], default=None)
