"""Evaluates Bicep expressions: texts, numbers, names, `!`, `&&`, `==`, `!=`, `? :` and a few functions."""

import json
import re
from collections.abc import Callable, Mapping

type Value = str | bool | int | list[Value] | dict[str, Value]
type Names = Mapping[str, Value]
type _Later = Callable[[], Value]

_TOKEN = re.compile(r"\s*('(?:\$\{[^}]*\}|[^'])*'|\d+|[A-Za-z_](?:[\w.]|!(?=\.))*|&&|==|!=|\{\}|[!?:(),\[\]])")


def _string(value: Value) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _union(*lists: list[Value]) -> list[Value]:
    return list(dict.fromkeys(str(one) for each in lists for one in each))


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "concat": lambda first, second: [*first, *second],
    "contains": lambda among, one: one in among,
    "empty": lambda value: not value,
    "int": int,
    "replace": lambda text, old, new: text.replace(old, new),
    "split": lambda text, by: text.split(by),
    "string": _string,
    "union": _union,
}


def value_of(expression: str, names: Names) -> Value:
    """Evaluates as Azure does: of a conditional only the branch taken, so the other may use names that do not exist.

    Raises KeyError for a missing name, AssertionError for syntax that is not supported here.
    """
    reading = _Reading(expression, names)
    found = reading.choice()
    assert not reading.tokens, reading.tokens
    return found()


class _Reading:
    def __init__(self, expression: str, names: Names) -> None:
        assert not _TOKEN.sub("", expression).strip(), expression
        self.tokens, self._names = _TOKEN.findall(expression), names

    def choice(self) -> _Later:
        condition = self._both()
        if not self._took("?"):
            return condition
        yes = self.choice()
        self._must(":")
        no = self.choice()
        return lambda: yes() if condition() else no()

    def _both(self) -> _Later:
        left = self._equal()
        while self._took("&&"):
            left = self._and(left, self._equal())
        return left

    @staticmethod
    def _and(left: _Later, right: _Later) -> _Later:
        return lambda: bool(left()) and bool(right())

    def _equal(self) -> _Later:
        left = self._one()
        if self._took("=="):
            right = self._one()
            return lambda: left() == right()
        if self._took("!="):
            other = self._one()
            return lambda: left() != other()
        return left

    def _one(self) -> _Later:
        token = self.tokens.pop(0)
        if token == "!":
            inner = self._one()
            return lambda: not inner()
        if token == "(":
            found = self.choice()
            self._must(")")
            return found
        if token == "[":
            items = self._until("]")
            return lambda: [one() for one in items]
        if token == "{}":
            return dict
        if token.isdecimal():
            return lambda: int(token)
        if token.startswith("'"):
            return lambda: re.sub(r"\$\{([^}]*)\}", lambda part: str(value_of(part[1], self._names)), token[1:-1])
        if self._took("("):
            function, given = _FUNCTIONS[token], self._until(")")
            return lambda: function(*(one() for one in given))
        return lambda: self._names[token]

    def _until(self, end: str) -> list[_Later]:
        """The comma-separated expressions before the closing bracket."""
        found: list[_Later] = []
        while not self._took(end):
            found.append(self.choice())
            self._took(",")
        return found

    def _took(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def _must(self, token: str) -> None:
        assert self._took(token), self.tokens
