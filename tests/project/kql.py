"""Runs the queries of the alert rules as Azure Monitor would: `where`, `extend`, `summarize` and what they use."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

type Row = dict[str, Any]
type _Expression = Callable[[Row], Any]

_TOKEN = re.compile(r'\s*("[^"]*"|\d+[mhd]\b|\d+(?:\.\d+)?|[A-Za-z_][\w.]*|==|<=|>=|[<>*(),=])')
_SPANS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}


def answer(query: str, rows: list[Row], *, now: datetime) -> list[Row]:
    """The rows that the query returns from the table's rows."""
    table, *steps = query.split(" | ")
    assert table == "customMetrics", table
    for step in steps:
        reading = _Reading(step, now=now)
        rows = reading.apply(rows)
        assert not reading.tokens, reading.tokens
    return rows


class _Reading:
    def __init__(self, step: str, *, now: datetime) -> None:
        assert not _TOKEN.sub("", step).strip(), step
        self.tokens: list[str] = _TOKEN.findall(step)
        self._now = now

    def apply(self, rows: list[Row]) -> list[Row]:
        operator = self.tokens.pop(0)
        if operator == "where":
            wanted = self._both()
            return [row for row in rows if wanted(row)]
        if operator == "extend":
            name, _ = self.tokens.pop(0), self._must("=")
            value = self._both()
            return [{**row, name: value(row)} for row in rows]
        assert operator == "summarize", operator
        return self._summarize(rows)

    def _summarize(self, rows: list[Row]) -> list[Row]:
        """One row per group; without `by` a single row, even for no input."""
        columns = [self._column()]
        while self._took(","):
            columns.append(self._column())
        by = self.tokens.pop(0) if self._took("by") else None
        groups: dict[Any, list[Row]] = {} if by else {None: []}
        for row in rows:
            groups.setdefault(row[by] if by else None, []).append(row)
        found = []
        for key, group in groups.items():
            summed: Row = {by: key} if by else {}
            for column in columns:
                summed |= column(group)
            found.append(summed)
        return found

    def _column(self) -> Callable[[list[Row]], Row]:
        name = ""
        if self.tokens[1] == "=":
            name = self.tokens.pop(0)
            self._must("=")
        function = self.tokens.pop(0)
        self._must("(")
        if function == "arg_max":
            by, _, column = self.tokens.pop(0), self._must(","), self.tokens.pop(0)
            self._must(")")
            return lambda group: _latest(group, by, column)
        given = [self._both()]
        while self._took(","):
            given.append(self._both())
        self._must(")")
        return lambda group: {name: _aggregate(function, group, given)}

    def _both(self) -> _Expression:
        left = self._compared()
        while self._took("and"):
            left = _and(left, self._compared())
        return left

    def _compared(self) -> _Expression:
        left = self._product()
        if self._took("in"):
            self._must("(")
            among = [self._product()]
            while self._took(","):
                among.append(self._product())
            self._must(")")
            return lambda row: left(row) in [one(row) for one in among]
        if self.tokens and self.tokens[0] in _COMPARED:
            return _compared(self.tokens.pop(0), left, self._product())
        return left

    def _product(self) -> _Expression:
        left = self._one()
        while self._took("*"):
            left = _times(left, self._one())
        return left

    def _one(self) -> _Expression:
        token = self.tokens.pop(0)
        if token == "ago":
            self._must("(")
            span = self.tokens.pop(0)
            self._must(")")
            return lambda _: self._now - int(span[:-1]) * _SPANS[span[-1]]
        if token == "tostring":
            self._must("(")
            text = self._one()
            self._must(")")
            return text
        if token[0] == '"':
            return lambda _: token[1:-1]
        if token[0].isdigit():
            return lambda _: float(token)
        return lambda row: _named(row, token)

    def _took(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def _must(self, token: str) -> None:
        assert self._took(token), self.tokens


def _named(row: Row, name: str) -> Any:
    """Raises KeyError for a missing column, which Azure refuses too."""
    column, _, key = name.partition(".")
    return row[column].get(key) if key else row[column]


def _latest(group: list[Row], by: str, column: str) -> Row:
    row = max(group, key=lambda one: one[by], default={by: None, column: None})
    return {by: row[by], column: row[column]}


def _and(left: _Expression, right: _Expression) -> _Expression:
    return lambda row: left(row) and right(row)


def _times(left: _Expression, right: _Expression) -> _Expression:
    return lambda row: None if left(row) is None or right(row) is None else left(row) * right(row)


def _compared(operator: str, left: _Expression, right: _Expression) -> _Expression:
    """A comparison with null is never true."""
    compare = _COMPARED[operator]
    return lambda row: left(row) is not None and right(row) is not None and compare(left(row), right(row))


def _aggregate(function: str, group: list[Row], given: list[_Expression]) -> Any:
    """For no rows, max and min are null, and a sum is 0."""
    value, *wanted = given
    rows = [row for row in group if wanted[0](row)] if function.endswith("if") else group
    values = [found for row in rows if (found := value(row)) is not None]
    if function.startswith("sum"):
        return sum(values)
    best = {"max": max, "maxif": max, "min": min, "minif": min}[function]
    return best(values) if values else None
