"""No process outlives its parent, however the parent ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dev.azurite import ROOT
from dev.surroundings import STARTED_BY
from tests.dev.sample import eventually
from tests.dev.survivors import all_gone, descendants, lives

SLEEPER = "import time; print('here', flush=True); time.sleep(60)"
WATCHED = f"from dev.processes import exit_with_parent; exit_with_parent(); {SLEEPER}"
ON_OWN_FEET = f"from dev.processes import exit_with_caller; exit_with_caller(); {SLEEPER}"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"

type Process = "subprocess.Popen[str]"


def guarding(code: str) -> list[str]:
    return [sys.executable, "-m", "dev.commands.guard", "--", sys.executable, "-c", code]


@pytest.fixture
def started() -> Iterator[list[Process]]:
    """Processes that a test started; ended at its end."""
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()


def start(started: list[Process], command: list[str], **environment: str) -> Process:
    """Starts the process; returns when it has printed its first line."""
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True)
    started.append(process)
    assert process.stdout
    assert process.stdout.readline() == "here\n"
    return process


def parent_of(command: list[str]) -> list[str]:
    """A parent that starts the command and then does nothing."""
    return [sys.executable, "-c", f"import subprocess; subprocess.run({command!r})"]


def test_a_child_ends_when_its_parent_is_killed(started):
    parent = start(started, parent_of([sys.executable, "-c", WATCHED]))
    children = descendants(parent.pid)

    parent.kill()

    all_gone(children)


def test_a_program_that_knows_nothing_of_parents_ends_with_its_guards_parent(started):
    parent = start(started, parent_of(guarding(SLEEPER)))
    children = descendants(parent.pid)
    assert len(children) == 2

    parent.kill()

    all_gone(children)


def test_a_program_that_will_not_end_is_made_to(started):
    parent = start(started, parent_of(guarding(STUBBORN)))
    children = descendants(parent.pid)

    parent.kill()

    all_gone(children)


def test_a_parent_that_was_gone_before_the_child_asked_is_missed_by_its_number(started, tmp_path: Path):
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)

    orphan = subprocess.Popen(
        [sys.executable, "-c", WATCHED],
        cwd=ROOT,
        env={**os.environ, STARTED_BY: gone.stdout.decode().strip()},
        stdout=subprocess.DEVNULL,
    )

    assert orphan.wait(timeout=30) == -signal.SIGTERM


def test_the_parents_number_is_not_handed_on_to_grandchildren(started):
    code = f"{WATCHED.split('print', maxsplit=1)[0]}import os; assert {STARTED_BY!r} not in os.environ; {SLEEPER}"

    start(started, [sys.executable, "-c", code], **{STARTED_BY: str(os.getpid())})


def test_a_guard_told_to_end_takes_its_program_along_and_does_not_dawdle(started):
    patient = f"from dev.commands import guard; guard._PATIENCE = 60; guard.main({guarding(SLEEPER)[4:]!r})"
    guard = start(started, [sys.executable, "-c", patient])
    children = descendants(guard.pid)

    guard.terminate()

    assert guard.wait(timeout=30) == 0
    all_gone(children)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a program that its guard was killed")
def test_a_program_ends_when_its_guard_is_killed(started):
    guard = start(started, guarding(SLEEPER))
    children = descendants(guard.pid)

    guard.kill()

    all_gone(children)


def test_a_guard_told_to_end_while_it_starts_its_program_leaves_none(started):
    told = (
        "import os, signal, subprocess; popen = subprocess.Popen\n"
        "def told(*a, **k):\n"
        "    child = popen(*a, **k); print(child.pid, flush=True); os.kill(os.getpid(), signal.SIGTERM); return child\n"
        f"subprocess.Popen = told; from dev.commands.guard import main; main({guarding(SLEEPER)[4:]!r})"
    )
    guard = subprocess.run([sys.executable, "-c", told], cwd=ROOT, capture_output=True, check=True, timeout=30)

    assert not psutil.pid_exists(int(guard.stdout.split()[0]))


def test_a_guarded_program_hears_every_signal():
    code = "import signal; print(len(signal.pthread_sigmask(signal.SIG_BLOCK, [])))"

    assert subprocess.run(guarding(code), cwd=ROOT, capture_output=True, check=True).stdout == b"0\n"


def test_a_command_ends_when_what_called_it_is_killed(started):
    caller = start(started, parent_of([sys.executable, "-c", ON_OWN_FEET]))
    children = descendants(caller.pid)

    caller.kill()

    all_gone(children)


@pytest.mark.parametrize("stay", ["os.setsid()", "signal.signal(signal.SIGHUP, signal.SIG_IGN)"])
def test_a_command_that_was_told_to_stay_outlives_what_called_it(started, stay):
    caller = start(started, parent_of([sys.executable, "-c", f"import os, signal; {stay}; {ON_OWN_FEET}"]))
    (command,) = descendants(caller.pid)

    caller.kill()
    time.sleep(1.5)

    assert lives(command)
    command.kill()


@pytest.mark.parametrize("code", [0, 3])
def test_a_guard_ends_with_its_programs_exit_code(code):
    assert subprocess.run(guarding(f"raise SystemExit({code})"), cwd=ROOT, check=False).returncode == code


def test_nothing_happens_while_the_parent_lives(started):
    child = start(started, [sys.executable, "-c", WATCHED.replace("60", "1.5")])

    assert child.wait(timeout=30) == 0


def test_eventually_is_not_for_ever():
    with pytest.raises(AssertionError, match="not within"):
        eventually(lambda: False, within=0.05)
