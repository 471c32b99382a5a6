"""Writing a run's row, which many write: read again and decided again until it stands."""

from collections.abc import Callable
from dataclasses import replace

from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run
from sspr_core.ports.mail import Runs


async def change(runs: Runs, run: Run, becomes: Callable[[Run], Run | None]) -> Run:
    """The run as it is then; `becomes` decides over the row as it is now, None: there is nothing to write.

    A write whose answer was lost is found again by its content.
    """
    while True:
        wanted = becomes(run)
        if wanted is None or wanted == run:
            return run
        try:
            return await runs.save(wanted)
        except Conflict:
            run = await runs.get(run.run_id)
            if replace(run, etag=None) == replace(wanted, etag=None):
                return run
