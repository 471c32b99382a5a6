"""Only the app's one clock asks the system for the time."""

import ast
from collections.abc import Iterator

import pytest

from tests.local_stack import ROOT

FORBIDDEN = {
    "datetime": {"now", "utcnow", "today"},
    "date": {"today"},
    "time": {"time", "time_ns", "gmtime", "localtime", "ctime", "strftime"},
}
FILES = [ROOT / "function_app.py", *sorted((ROOT / "sspr_core").rglob("*.py"))]


def looks_at_the_time(source: str) -> Iterator[str]:
    """Each `datetime.now` and the like; `time.monotonic` measures durations and is allowed."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Attribute(value=ast.Name(id=of) | ast.Attribute(attr=of), attr=name):
                if name in FORBIDDEN.get(of, ()):
                    yield f"{of}.{name}"
            case ast.ImportFrom(module="time"):
                yield from (f"time.{one.name}" for one in node.names if one.name in FORBIDDEN["time"])


def test_only_the_clock_asks_the_system_for_the_time() -> None:
    found = {str(file.relative_to(ROOT)) for file in FILES if any(looks_at_the_time(file.read_text()))}

    assert found == {"sspr_core/model/clock.py"}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("datetime.now(UTC)", ["datetime.now"]),
        ("datetime.datetime.utcnow()", ["datetime.utcnow"]),
        ("partial(datetime.now, UTC)", ["datetime.now"]),
        ("date.today()", ["date.today"]),
        ("time.time()", ["time.time"]),
        ("from time import monotonic, time", ["time.time"]),
        ("time.monotonic()", []),
        ("clock.now()", []),
    ],
)
def test_every_way_to_ask_is_seen(source: str, found: list[str]) -> None:
    assert list(looks_at_the_time(source)) == found
