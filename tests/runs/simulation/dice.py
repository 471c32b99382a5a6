"""Bytes as random choices. Zeros mean no fault, so a shrunk failing example keeps only the faults it needs."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from tests.runs.delivery_builders import HOUR, MINUTE, SECOND
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.stepping import Call

TIMES = (
    *(1 * SECOND, 4 * SECOND, 11 * SECOND, 19 * SECOND, 21 * SECOND, 31 * SECOND),
    *(1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 6 * MINUTE, 9 * MINUTE, 10 * MINUTE, 11 * MINUTE),
    *(1 * HOUR, 21 * HOUR, 25 * HOUR),
)
CLOCK_ERRORS = (0, 5, -5)

type Mishap = Callable[[], Awaitable[bool]]  # False: it cannot happen now


@dataclass
class Dice:
    tape: bytes
    at: int = 0

    @property
    def over(self) -> bool:
        return self.at >= len(self.tape)

    def throw(self) -> int:
        self.at += 1
        return self.tape[self.at - 1] if self.at <= len(self.tape) else 0

    def one_of[T](self, some: Sequence[T]) -> T:
        return some[self.throw() % len(some)]


@dataclass
class Mishaps:
    """Related faults of one simulation."""

    stage: Stage
    dice: Dice

    def calls(self) -> list[Call]:
        return [call for work in self.stage.works for call in work.waiting]
