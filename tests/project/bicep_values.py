"""What an expression of Bicep comes to: texts, names, `!`, `&&`, `==`, `empty()` and `? :`; no more is used."""

import re
from collections.abc import Mapping

type Value = str | bool
type Names = Mapping[str, Value]

_TOKEN = re.compile(r"\s*('(?:\$\{[^}]*\}|[^'])*'|[A-Za-z_][\w.]*|&&|==|[!?:()])")


def value_of(expression: str, names: Names) -> Value:
    """Raises KeyError for a name that is not given, AssertionError for what we do not know how to read."""
    reading = _Reading(expression, names)
    found = reading.choice()
    assert not reading.tokens, reading.tokens
    return found


class _Reading:
    def __init__(self, expression: str, names: Names) -> None:
        assert not _TOKEN.sub("", expression).strip(), expression
        self.tokens, self._names = _TOKEN.findall(expression), names

    def choice(self) -> Value:
        condition = self._both()
        if not self._took("?"):
            return condition
        yes = self.choice()
        self._must(":")
        no = self.choice()
        return yes if condition else no

    def _both(self) -> Value:
        left = self._equal()
        while self._took("&&"):
            right = self._equal()
            left = bool(left) and bool(right)
        return left

    def _equal(self) -> Value:
        left = self._one()
        return left == self._one() if self._took("==") else left

    def _one(self) -> Value:
        token = self.tokens.pop(0)
        if token == "!":
            return not self._one()
        if token == "(":
            found = self.choice()
            self._must(")")
            return found
        if token == "empty":
            return not self._one()  # its argument in parentheses
        if token.startswith("'"):
            return re.sub(r"\$\{([^}]*)\}", lambda part: str(value_of(part[1], self._names)), token[1:-1])
        return self._names[token]

    def _took(self, token: str) -> bool:
        if self.tokens[:1] != [token]:
            return False
        self.tokens.pop(0)
        return True

    def _must(self, token: str) -> None:
        assert self._took(token), self.tokens
