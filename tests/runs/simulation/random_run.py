"""Random scheduling: turn by turn, which worker continues and which fault occurs.

The first bytes leave out about half of the faults, so that each example has more of the others and repeats them.
"""

from tests.runs.simulation.convergence import go_on
from tests.runs.simulation.dice import Dice, Mishap
from tests.runs.simulation.mail_service_faults import ServiceMishaps
from tests.runs.simulation.queue_faults import QueueMishaps
from tests.runs.simulation.simulation import Stage
from tests.runs.simulation.worker_faults import WorkerMishaps

_WELL = 120  # of 256 turns without a fault


def _menu(stage: Stage, dice: Dice) -> list[Mishap]:
    workers, queue, service = WorkerMishaps(stage, dice), QueueMishaps(stage, dice), ServiceMishaps(stage, dice)
    weighed: list[tuple[int, Mishap]] = [
        (14, workers.another_goes_on),
        (10, workers.one_stalls),
        (9, queue.another_begins),
        (2, queue.one_is_early),
        (4, queue.one_comes_twice),
        (2, queue.one_is_lost),
        (2, queue.one_is_late),
        (6, workers.one_crashes),
        (9, workers.storage_fails),
        (9, service.a_post_fails),
        (2, service.a_lookup_fails),
        (10, workers.time_passes),
        (4, workers.the_timer_fires),
        (5, workers.the_operator_acts),
        (4, queue.a_receipt_comes),
        (1, service.an_email_is_given_up),
        (3, service.what_lived_on_ends),
        (2, queue.one_is_poison),
        (1, workers.a_user_registers),
    ]
    left_out = dice.throw() << 16 | dice.throw() << 8 | dice.throw()
    return [
        mishap for number, (weight, mishap) in enumerate(weighed) if not left_out >> number & 1 for _ in range(weight)
    ]


async def play(stage: Stage, tape: bytes) -> None:
    """Plays the tape to its end. If a choice is impossible now, the next one takes the turn."""
    dice = Dice(tape)
    menu = _menu(stage, dice)
    while not dice.over:
        turn = dice.throw()
        happened = turn >= _WELL and bool(menu) and await menu[(turn - _WELL) % len(menu)]()
        if not happened:
            await go_on(stage)
        assert not stage.broken, stage.broken
