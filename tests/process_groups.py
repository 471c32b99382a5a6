"""Which tests run in one process: those that share a product, one after the other."""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

_WITH_ONE_PRODUCT = ("tests/e2e/test_main_job.py", "tests/e2e/test_package.py", "tests/infra/test_check_deployment.py")


def company(nodeid: str) -> str:
    """The group of a test; tests of a group run in one process, one after the other."""
    file = nodeid.partition("::")[0]
    if file.startswith("tests/browser/"):
        return "tests/browser"
    return file if file in _WITH_ONE_PRODUCT else nodeid


class Together(LoadScopeScheduling):
    """Schedules by group, otherwise to any free process: marks `xdist_group` have no effect under pytest 9.2.

    xdist 3.8 writes them into a test attribute that pytest has removed.
    """

    def _split_scope(self, nodeid: str) -> str:
        return company(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getvalue("dist") == "loadgroup" else None
