"""What may be logged."""

import subprocess
import sys

import pytest

from tests.local_stack import ROOT


@pytest.mark.parametrize("name", ["azure.core.pipeline.policies.http_logging_policy", "httpx", "httpcore.connection"])
def test_whole_addresses_are_not_logged_though_the_platform_logs_at_info(name: str) -> None:
    """They contain users' ids (rows of the table) and the tokens in Graph's page links."""
    code = "import logging; logging.basicConfig(level='INFO'); import function_app; "
    asked = [sys.executable, "-c", f"{code}print(logging.getLogger({name!r}).getEffectiveLevel())"]

    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "30"
