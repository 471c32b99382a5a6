"""A form that asks for a run: who, which mail, and not before when."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from sspr_core.mail.templates import TEMPLATES
from sspr_core.model.errors import Invalid
from sspr_core.model.ids import TenantId, tenant_id
from sspr_core.runs.request import Wanted
from sspr_core.web.pages.chosen_form import kept, users_of
from sspr_core.web.pages.forms import Form, every, one


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """`key` is that of the page the form was on; `recipient_count` the number it showed, `typed` what was typed."""

    wanted: Wanted
    chosen: Form  # the fields that say who, to be asked with again
    not_before: str
    key: str
    recipient_count: int | None
    typed: str

    @property
    def body(self) -> bytes:
        """The same for the same request, whatever key it comes with."""
        mail = [("template", self.wanted.template), ("language", self.wanted.language or "")]
        return urlencode([*self.chosen, *mail, ("not_before", self.not_before)]).encode()


def asked_of(form: Form) -> Asked:
    """Raises Invalid."""
    not_before = one(form, "not_before") or ""
    return Asked(
        wanted=Wanted(
            tenants=_tenants_of(form),
            users=users_of(form),
            template=one(form, "template") or TEMPLATES[0],
            language=one(form, "language"),
            not_before=_time_of(not_before) if not_before else None,
        ),
        chosen=[(name, value) for name, value in form if name == "tenant"] + kept(form),
        not_before=not_before,
        key=(one(form, "key") or "")[:200],
        recipient_count=_number(one(form, "recipient_count") or ""),
        typed="".join(mark for mark in one(form, "typed") or "" if mark not in " ,.'\u00a0\u202f"),
    )


def _tenants_of(form: Form) -> list[TenantId]:
    try:
        return [tenant_id(text) for text in every(form, "tenant")]
    except ValueError as error:
        raise Invalid("tenant", "has a value that is not one") from error


def _time_of(text: str) -> datetime:
    """As browsers write a day and a time, which the page says is UTC."""
    try:
        return datetime.strptime(text[:16], "%Y-%m-%dT%H:%M").replace(tzinfo=UTC)
    except ValueError as error:
        raise Invalid("not_before", "is not a day and a time") from error


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None
