"""The check of the API's description: its steps, and what happens when one fails."""

import sys
from pathlib import Path

import pytest

from dev import api_check
from dev.api_check import Step, failure

DOCUMENT, FOLDER = Path("openapi.json"), Path("clients")


def a_step(name: str = "a step", *, code: str = "", **environment: str) -> Step:
    return Step(name=name, command=[sys.executable, "-c", code], environment=environment)


def test_steps_that_all_end_well_say_nothing():
    assert failure([a_step(code="print('a warning')"), a_step()]) == ""


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_step_that_fails_is_named_with_everything_it_said(stream):
    said = failure([a_step("compiling it", code=f"import sys; print('line 7', file=sys.{stream}); sys.exit(3)")])

    assert said == "api: compiling it failed (exit code 3):\nline 7\n"


def test_after_a_failure_no_later_step_is_tried(tmp_path):
    later = a_step(code=f"open({str(tmp_path / 'tried')!r}, 'w')")

    assert failure([a_step(code="raise SystemExit(1)"), later])
    assert not (tmp_path / "tried").exists()


def test_a_step_has_its_own_environment_beside_the_usual_one(monkeypatch):
    monkeypatch.setenv("USUAL", "1")
    code = "import os; raise SystemExit(os.environ['USUAL'] + os.environ['OWN'])"

    assert "exit code 1):\n12" in failure([a_step(code=code, OWN="2")])


def test_the_linter_takes_warnings_for_errors_and_reports_to_nobody():
    step = api_check.lint(DOCUMENT)

    assert "--extends=recommended-strict" in step.command
    assert step.environment["REDOCLY_TELEMETRY"] == "off"


def test_an_operation_that_the_generator_would_leave_out_is_a_failure():
    generate, _ = api_check.python(DOCUMENT, FOLDER)

    assert "--fail-on-warning" in generate.command


@pytest.mark.parametrize(
    ("failing", "code", "said"),
    [
        ((), 0, "api: the description is linted, a TypeScript and a Python client made from it compile\n"),
        (("linting",), 1, "linting failed\n"),
        (("linting", "generating the Python client"), 1, "linting failed\ngenerating the Python client failed\n"),
    ],
)
def test_every_check_is_made_and_one_that_fails_fails_them_all(monkeypatch, tmp_path, capsys, failing, code, said):
    def fails(steps):
        return next((f"{one} failed" for one in failing if steps[0].name.startswith(one)), "")

    monkeypatch.setattr(api_check, "CLIENTS", tmp_path)
    monkeypatch.setattr(api_check, "failure", fails)

    assert (api_check.main(), capsys.readouterr().out) == (code, said)
