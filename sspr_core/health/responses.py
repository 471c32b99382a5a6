"""The JSON of health checks."""

from collections.abc import Sequence
from datetime import datetime

from sspr_core.health.checks import Check, fail, worst
from sspr_core.model.text import rfc3339


def health_view(checks: Sequence[Check], *, now: datetime) -> dict[str, object]:
    """`status` is the worst of all checks."""
    return {
        "as_of": rfc3339(now),
        "status": worst(list(checks)),
        "checks": [
            {"name": one.name, "status": one.health, "said": one.said, "to_do": one.to_do or None} for one in checks
        ],
    }


def of_settings(problems: Sequence[str]) -> list[Check]:
    """Failed checks for wrong settings: without valid settings nothing else can be checked."""
    to_do = "Set it right in the app's settings (README, Settings); the app reads them again when it restarts."
    return [fail("settings", f"{problem}.", to_do) for problem in problems]
