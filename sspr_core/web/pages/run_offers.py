"""What can be done about a run now, and whether it is still moving."""

from sspr_core.model.delivery import DeliveryState
from sspr_core.model.run import Run, RunState
from sspr_core.runs.responses import Json

_NEVER_AGAIN = (RunState.PAUSED, RunState.CANCELLED)


def offers(run: Run, view: Json, *, sending_off: bool) -> tuple[str, ...]:
    """Names of actions; none that asks for emails where sending is off."""
    again = run.expanded and run.state not in _NEVER_AGAIN and _any(view, DeliveryState.FAILED, DeliveryState.UNSURE)
    possible = {
        "pause": run.state.sends,
        "resume": run.state is RunState.PAUSED and not sending_off,
        "cancel": run.state.unfinished,
        "retry": again and not sending_off,
    }
    return tuple(name for name, is_possible in possible.items() if is_possible)


def wants_watching(run: Run, view: Json) -> bool:
    """Unfinished, or with deliveries that are still asked about."""
    return run.state.unfinished or _any(view, DeliveryState.PENDING, DeliveryState.CLAIMED)


def _any(view: Json, *states: DeliveryState) -> bool:
    counts = view["counts"]
    assert isinstance(counts, dict)  # noqa: S101 - our own answer
    return any(counts[state] for state in states)
