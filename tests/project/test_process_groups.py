"""Tests that share a product share a process."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.process_groups import company

ROOT = Path(__file__).resolve().parent.parent.parent
NOTE = """
import os, pytest, time
@pytest.mark.parametrize("number", range(6))
def test_one(number):
    time.sleep(0.05)
    open(os.environ["PYTEST_XDIST_WORKER"] + ".{0}", "a").close()
"""


@pytest.mark.parametrize(
    ("test", "with_whom"),
    [
        ("tests/browser/test_signing_in.py::test_one[light]", "tests/browser"),
        ("tests/e2e/test_main_job.py::test_one", "tests/e2e/test_main_job.py"),
        ("tests/e2e/test_mail_faults.py::test_one", "tests/e2e/test_mail_faults.py::test_one"),
        ("tests/web/test_middleware.py::test_one[a::b]", "tests/web/test_middleware.py::test_one[a::b]"),
    ],
)
def test_tests_that_share_a_product_keep_together_and_all_others_go_alone(test, with_whom):
    assert company(test) == with_whom


def test_a_run_in_parallel_has_one_process_for_all_browser_tests(tmp_path):
    for folder, name in (("browser", "test_a"), ("browser", "test_b"), ("web", "test_c")):
        file = tmp_path / "tests" / folder / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(NOTE.format(folder))

    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadgroup", "-p", "tests.process_groups"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "tests"],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert "18 passed" in done.stdout, done.stdout + done.stderr
    assert len(list(tmp_path.glob("gw*.browser"))) == 1
    assert {path.stem for path in tmp_path.glob("gw*")} == {"gw0", "gw1"}
