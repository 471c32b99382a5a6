"""The alert rules of infra/alerts.bicep, and when they fire."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.project.bicep import declared, text_of
from tests.project.bicep_values import value_of
from tests.project.kql import Row, answer

_PERIODS = {"PT15M": 15, "PT30M": 30, "PT1H": 60, "P1D": 24 * 60, "P2D": 48 * 60}  # minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    name: str
    every: timedelta
    within: timedelta
    query: str

    def fires(self, told: list[Row], *, now: datetime) -> bool:
        """Whether the query, which sees only the rows of its window, returns a row."""
        seen = [row for row in told if now - self.within < row["timestamp"] <= now]
        return bool(answer(self.query, seen, now=now))


def _read(of: str) -> dict[str, Rule]:
    names = {name: one[1:-1] for name, one in declared("alerts.bicep", "var").items() if one[0] == "'"}
    block = re.search(rf"^var {of} = \[\n(.*?)^\]", text_of("alerts.bicep"), re.MULTILINE | re.DOTALL)
    assert block
    found = re.findall(r"name: '([\w-]+)'.*?every: '(\w+)'\s+within: '(\w+)'\s+query: ('[^']*')", block[1], re.DOTALL)
    return {
        name: Rule(
            name=name,
            every=timedelta(minutes=_PERIODS[every]),
            within=timedelta(minutes=_PERIODS[within]),
            query=str(value_of(query, names)),
        )
        for name, every, within, query in found
    }


OF_ALL, OF_MAIL = _read("rulesOfAll"), _read("rulesOfMail")
RULES = OF_ALL | OF_MAIL
