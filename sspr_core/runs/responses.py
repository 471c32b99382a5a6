"""A run as it is answered."""

from datetime import datetime

from sspr_core.model.pacing import Pacing
from sspr_core.model.run import Run
from sspr_core.model.sending import Numbers
from sspr_core.model.times import rfc3339
from sspr_core.ports.services import World
from sspr_core.runs.accept import Accepted
from sspr_core.runs.left_out import LeftOut
from sspr_core.runs.queries import Progress, eta, progress

type Json = dict[str, object]

MOST_LISTED = 5_000  # people of an answer; their numbers are always whole


def run_view(
    run: Run, found: Progress, pacing: Pacing, *, now: datetime, numbers: Numbers, sending_off: bool = False
) -> Json:
    off = sending_off and run.state.unfinished
    held = run.state.unfinished and pacing.hold_until is not None and pacing.hold_until > now
    return {
        "run_id": run.run_id,
        "state": run.state,
        "template": run.template,
        "test": run.test,
        "report": run.report,
        "mailed": run.mailed,
        "tenants": [{"tenant_id": one, "display_name": name} for one, name in run.tenants.items()],
        "created_at": rfc3339(run.created_at),
        "created_by": run.created_by,
        "created_by_name": run.created_by_name,
        "not_before": rfc3339(run.not_before),
        "finished_at": rfc3339(run.finished_at),
        "recipient_count": run.recipient_count,
        "left_out_by_reason": run.left_out,
        "counts": {state.value: count for state, count in found.counts.items()},
        "counted_at": rfc3339(found.counted_at),
        "in_flight_count": found.in_flight_count,
        "in_doubt_count": found.in_doubt_count,
        "first_send_at": rfc3339(run.first_send_at),
        "last_send_at": rfc3339(run.last_send_at),
        "eta_at": None if off else rfc3339(eta(run, found, pacing, now=now, numbers=numbers)),
        "held_until": rfc3339(pacing.hold_until) if held and not off else None,
        "sending_off": off,
        "problem": run.problem,
        "poisoned_count": run.poisoned_count,
        "wasted_slot_count": pacing.wasted_count,
        "pass": run.number_of_pass,
    }


async def shown(run: Run, world: World, *, now: datetime) -> Json:
    """The run with its deliveries counted now, if they are not too many."""
    found, pacing = await progress(run, world.post, now=now), await world.post.pacing.read()
    off = world.post.sending_off
    return run_view(run, found, pacing, now=now, numbers=world.post.numbers, sending_off=off)


async def accepted_view(accepted: Accepted, world: World, *, now: datetime) -> Json:
    """The run with whom it leaves out; null where an earlier answer is given again."""
    people = accepted.left_out
    left_out = None if people is None else left_out_view(people)
    return await shown(accepted.run, world, now=now) | {"left_out": left_out}


def left_out_view(people: tuple[LeftOut, ...]) -> list[Json]:
    return [
        {
            "tenant_id": one.tenant_id,
            "user_id": one.user_id,
            "display_name": one.display_name,
            "reason": one.reason,
        }
        for one in people[:MOST_LISTED]
    ]
