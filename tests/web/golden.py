"""The OpenAPI document as last agreed, and the differences of another one.

Callers generate clients from it, so it changes only on purpose: `python -m tests.web.golden` writes it.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sspr_core.web.app import create_app
from sspr_core.web.openapi.document import document
from tests.builders import a_world

GOLDEN = Path(__file__).with_name("golden_openapi.json")

_SETS = ("required", "enum", "type", "anyOf", "tags", "parameters")  # lists whose order has no meaning


def served() -> Any:
    """The document that the app serves, decoded from JSON."""
    return json.loads(json.dumps(document(create_app(a_world()))))


def differences(golden: Any, now: Any, where: str = "") -> Iterator[str]:
    """The places where two documents differ in meaning, as JSON pointers; the order of names and sets does not
    count.
    """
    match golden, now:
        case dict(), dict():
            for name in sorted(golden.keys() | now.keys()):
                place = f"{where}/{name.replace('~', '~0').replace('/', '~1')}"
                if name not in now:
                    yield f"{place} is gone"
                elif name not in golden:
                    yield f"{place} is new"
                else:
                    yield from differences(_set(name, golden[name]), _set(name, now[name]), place)
        case list(), list() if len(golden) == len(now):
            for place, (one, other) in enumerate(zip(golden, now, strict=True)):
                yield from differences(one, other, f"{where}/{place}")
        case _ if golden != now or isinstance(golden, bool) is not isinstance(now, bool):  # True == 1 in Python
            yield f"{where} was {_short(golden)} and is {_short(now)}"


def _set(name: str, value: Any) -> Any:
    if name in _SETS and isinstance(value, list):
        return sorted(value, key=lambda one: json.dumps(one, sort_keys=True))
    return value


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def main() -> None:
    GOLDEN.write_text(json.dumps(served(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
