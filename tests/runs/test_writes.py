"""A run's row has many writers; a conflicting write is decided again on the new row."""

from dataclasses import dataclass, field, replace

from sspr_core.model.errors import Conflict
from sspr_core.model.run import Run, RunState
from sspr_core.runs.writes import update_run
from tests.fakes.mailing import MemoryRuns
from tests.runs.delivery_builders import RUN, a_run


def stored(**said: object) -> MemoryRuns:
    return MemoryRuns(rows={RUN: a_run(etag="first", **said)})


@dataclass
class Mute(MemoryRuns):
    """Its first answer is lost: the client retries and gets a conflict."""

    saves: list[Run] = field(default_factory=list)

    async def save(self, run: Run) -> Run:
        self.saves.append(run)
        saved = await super().save(run)
        if len(self.saves) == 1:
            raise Conflict("412")
        return saved


async def test_what_somebody_else_wrote_meanwhile_is_kept():
    runs = stored()
    read = await runs.get(RUN)
    await runs.save(replace(read, state=RunState.PAUSED))

    written = await update_run(runs, read, lambda row: replace(row, cursor=7))

    assert (written.cursor, written.state) == (7, RunState.PAUSED)
    assert await runs.get(RUN) == written


async def test_a_decision_that_holds_no_more_writes_nothing():
    runs = stored(cursor=9)
    read = replace(await runs.get(RUN), etag="old", cursor=0)

    written = await update_run(runs, read, lambda row: None if row.cursor > 7 else replace(row, cursor=7))

    assert written == await runs.get(RUN)
    assert written.etag == "first"


async def test_what_changes_nothing_is_not_written():
    runs = stored()

    await update_run(runs, await runs.get(RUN), replace)

    assert (await runs.get(RUN)).etag == "first"


async def test_a_write_whose_answer_was_lost_is_not_done_again():
    runs = Mute(rows=stored().rows)

    written = await update_run(
        runs, await runs.get(RUN), lambda row: replace(row, poisoned_count=row.poisoned_count + 1)
    )

    assert written.poisoned_count == 1
    assert len(runs.saves) == 1
