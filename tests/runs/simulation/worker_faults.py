"""What may happen to workers, their storage and their clocks, and what operators may request."""

from datetime import timedelta

from tests.runs.delivery_builders import RUN
from tests.runs.simulation.dice import CLOCK_ERRORS, TIMES, Mishaps
from tests.runs.simulation.stepping import Fate
from tests.runs.simulation.time import forward
from tests.runs.simulation.workers import BACK

_FATES = (Fate.LOST, Fate.UNKNOWN, Fate.AWAY, Fate.SLOW, Fate.SLOW)
_WRITTEN = (Fate.LOST, Fate.UNKNOWN)
_WORDS = (*["pause"] * 6, *["resume"] * 8, *["retry"] * 6, *["retry, unsure too"] * 2, "cancel")


class WorkerMishaps(Mishaps):
    async def another_goes_on(self) -> bool:
        if not (calls := self.calls()):
            return False
        await self.stage.let_be(self.dice.one_of(calls))
        return True

    async def one_stalls(self) -> bool:
        if not (works := self.stage.works):
            return False
        self.dice.one_of(works).stalled_until = self.stage.now + self.dice.one_of(TIMES)
        return True

    async def one_crashes(self) -> bool:
        if not (works := self.stage.works):
            return False
        self.stage.crash(self.dice.one_of(works), back=self.dice.one_of((BACK, timedelta(0))))
        return True

    async def storage_fails(self) -> bool:
        calls = [call for call in self.calls() if not call.name.startswith("mailer.")]
        if not calls:
            return False
        call, fate = self.dice.one_of(calls), self.dice.one_of(_FATES)
        await self.stage.let(call, Fate.SLOW if fate in _WRITTEN and not call.writes else fate)
        return True

    async def time_passes(self) -> bool:
        await forward(self.stage, self.dice.one_of(TIMES))
        return True

    async def the_timer_fires(self) -> bool:
        await self.stage.sweep(clock_error=self.dice.one_of(CLOCK_ERRORS))
        return True

    async def the_operator_acts(self) -> bool:
        await self.stage.operate(self.dice.one_of(_WORDS), RUN)
        return True

    async def a_user_registers(self) -> bool:
        rows = self.stage.rows(self.stage.runs.rows[RUN])
        if rows:
            self.stage.functions.registered.add(self.dice.one_of(rows).key)
        return bool(rows)
