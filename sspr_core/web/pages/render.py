"""Renders pages: the template environment, and what every page has around its content."""

from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sspr_core.formats.chart import svg
from sspr_core.web.caller import Caller, Role
from sspr_core.web.dependencies import now_of, world_of
from sspr_core.web.pages import labels, run_labels
from sspr_core.web.static_files import static_url

_TEMPLATES = Path(__file__).parent.parent / "templates"


@cache
def environment() -> Environment:
    """Autoescaping and strict: an undefined name is an error, not an empty string."""
    made = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.globals |= {"words": labels, "run_words": run_labels, "static": static_url, "svg": svg}
    made.filters |= {"number": labels.number, "percent": labels.percent, "points": labels.points}
    return made


def show(
    request: Request,
    caller: Caller,
    template: str,
    /,
    *,
    status: int = 200,
    headers: dict[str, str] | None = None,
    **content: object,
) -> HTMLResponse:
    """Render a page, or a part of one."""
    shown = environment().get_template(template)
    around = {
        "caller": caller,
        "may_operate": caller.role >= Role.OPERATOR,
        "may_administer": caller.role >= Role.ADMIN,
        "path": request.url.path,
        "link": Link(request),
        "now": now_of(request),
        "sending_off": world_of(request).post.sending_off,
    }
    return HTMLResponse(shown.render(around | content), status, headers)


class Link:
    """Builds links to this page with a changed query; other parameters stay, except the continuation."""

    def __init__(self, request: Request) -> None:
        self._path = request.url.path
        self.query = {name: value for name, value in request.query_params.items() if value}

    def __call__(self, **changed: object) -> str:
        query = {name: value for name, value in self.query.items() if name != "continuation"}
        query |= {name: str(value) for name, value in changed.items() if value is not None}
        kept = {name: value for name, value in query.items() if changed.get(name, value) is not None}
        return f"{self._path}?{urlencode(kept)}" if kept else self._path

    def sorted_by(self, name: str, now: str) -> str:
        """Reversed if the table is already sorted by `name`; figures begin with the largest."""
        return self(sort=f"-{name}" if now == name else name)
