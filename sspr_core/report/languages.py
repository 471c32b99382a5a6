"""What reports say in each language: a file each, read once. One that lacks a text cannot be read."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from sspr_core.model.counts import SsprScope
from sspr_core.model.problem import Access
from sspr_core.model.registration import Excluded
from sspr_core.model.tenant import Lifecycle
from sspr_core.report.figures_part import Dates, Numbers

_FOLDER = Path(__file__).parent / "languages"


class Texts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All texts of one language; `say` fills the places of those that have any."""

    name: str
    subject_tenant: str
    subject_all: str
    preview: str
    preview_without_figures: str
    heading_tenant: str
    heading_all: str
    period_first: str
    period_since: str
    intro: str
    late: str
    no_snapshot: str
    stale: str
    problem: str
    incomplete: str
    complete: str
    coverage: str
    nobody_enabled: str
    of_how_many: str
    change_since: str
    no_change_known: str
    population: str
    registered: str
    to_register: str
    unknown: str
    not_enabled: str
    course: str
    course_sentence: str
    course_of_one_day: str
    admin_to_register: str
    administrator: str
    newly_registered: str
    more: str
    weak: str
    weak_why: str
    single_method: str
    phone_only: str
    runs: str
    run: str
    tenants: str
    tenant_note: str
    no_figures: str
    stale_mark: str
    not_read: str
    not_read_line: str
    lifecycles_heading: str
    scopes_heading: str
    not_counted: str
    licence_shortfall: str
    about: str
    made: str
    read: str
    oldest_read: str
    zone: str
    file_left_out: str
    names_people: str
    questions: str
    numbers: Numbers
    dates: Dates
    problems: Mapping[Access, str]
    excluded: Mapping[Excluded, str]
    lifecycles: Mapping[Lifecycle, str]
    scopes: Mapping[SsprScope, str]
    columns: Mapping[str, str]


@cache
def known() -> Mapping[str, Texts]:
    """Every language's texts by its tag (BCP 47); the same languages as those of the mails to users."""
    return {path.stem: msgspec.toml.decode(path.read_bytes(), type=Texts) for path in sorted(_FOLDER.glob("*.toml"))}


def say(text: str, **values: str) -> str:
    """The text with every place filled once: what a value brings in is never looked at again."""
    return re.sub(r"\{(\w+)\}", lambda found: values[found[1]], text)
