"""What a look at one part of the app brought."""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """In ascending order of trouble."""

    OK = "ok"
    WARN = "warn"  # works, or will again by itself; look at it
    FAIL = "fail"  # does not work until somebody does something


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """`said`: what was found, without personal data or secrets. `to_do`: what to do; empty when there is nothing."""

    name: str
    health: Health
    said: str
    to_do: str = ""


def ok(name: str, said: str) -> Check:
    return Check(name=name, health=Health.OK, said=said)


def warn(name: str, said: str, to_do: str) -> Check:
    return Check(name=name, health=Health.WARN, said=said, to_do=to_do)


def fail(name: str, said: str, to_do: str) -> Check:
    return Check(name=name, health=Health.FAIL, said=said, to_do=to_do)


def worst(checks: list[Check]) -> Health:
    order = list(Health)
    return max((check.health for check in checks), key=order.index, default=Health.OK)
