"""A template's preview: with the saved values, or with a form's; and as a file."""

from email import message_from_bytes
from email.policy import SMTP

import pytest

from sspr_core.mail.template_sample import Kind, Sample, sample, sample_file
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, TenantId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.text import file_name
from tests.builders import MONDAY, a_known
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid
from tests.hostile_names import HOSTILE_NAMES

CONTOSO = a_known("contoso", operator_name="Contoso Zahnärzte & Co")
ID = CONTOSO.tenant_id
BY_OLGA = {"by": "olga", "at": MONDAY}


@pytest.fixture
async def own() -> MemoryOwnSettings:
    """The default has a look and texts; Contoso has a name for its IT, its language, and a subject."""
    settings = MemoryOwnSettings()
    await settings.save_branding(None, Branding(company="Partner", footer="Berlin"), **BY_OLGA)
    await settings.save_branding(
        ID, Branding(company="Contoso IT", sender_address="it@contoso.example", sender_name="Contoso IT"), **BY_OLGA
    )
    await settings.save_mail_terms(ID, MailTerms(language="de-CH"), **BY_OLGA)
    await settings.save_words(None, "reminder", "de", Words(subject="Alle", opening="Für alle"), **BY_OLGA)
    await settings.save_words(ID, "reminder", "de", Words(subject="Für {tenant}"), **BY_OLGA)
    return settings


async def look(
    own: MemoryOwnSettings, template: str = "reminder", scope: Scope = EVERY_TENANT, **said: object
) -> Sample:
    tenants = MemoryTenants(rows={ID: CONTOSO.tenant})
    return await sample(template, scope, tenants, own, **{"tenant": ID, "language": None, **said})


async def test_a_tenants_sample_has_its_language_branding_and_words_over_the_defaults(own: MemoryOwnSettings) -> None:
    message = (await look(own)).message

    assert (message.language, message.subject) == ("de", "Für Contoso Zahnärzte & Co")
    assert "Für alle" in message.text
    assert "Contoso IT" in message.text
    assert message.text.endswith("Berlin\n")


async def test_a_sample_of_no_tenant_is_the_defaults_and_about_nobody(own: MemoryOwnSettings) -> None:
    found = await look(own, tenant=None)

    assert found.tenant_name is None
    assert found.message.language == "en"
    assert "Contoso work account" in found.message.text
    assert "Partner" in found.message.text


async def test_unsaved_branding_and_words_take_the_place_of_the_tenants_saved_ones(own: MemoryOwnSettings) -> None:
    found = await look(own, branding=Branding(company="Draft IT"), words=Words(closing="Danke"))

    assert "Draft IT" in found.message.text
    assert "Contoso IT" not in found.message.text
    assert "Danke" in found.message.text
    assert found.message.subject == "Alle"  # the default's value again
    assert found.message.text.endswith("Berlin\n")
    assert await own.words(EVERY_TENANT, ID, "reminder", "de") == Words(subject="Für {tenant}", version=1)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"branding": Branding(colour="#ffffff")}, "colour"),
        ({"words": Words(subject="{x}")}, "subject"),
        ({"language": "xx"}, "language"),
    ],
)
async def test_a_preview_refuses_what_saving_would(own: MemoryOwnSettings, said: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await look(own, **said)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("template", "scope", "tenant"),
    [
        ("birthday", EVERY_TENANT, ID),
        ("reminder", Scope(tenants=frozenset()), ID),
        ("reminder", EVERY_TENANT, TenantId(guid("unknown"))),
    ],
)
async def test_there_is_no_sample_of_what_is_not_there(
    own: MemoryOwnSettings, template: str, scope: Scope, tenant: TenantId
) -> None:
    with pytest.raises(NotFound):
        await look(own, template, scope, tenant=tenant)


async def test_an_eml_opens_as_a_draft_from_the_tenants_sender_to_nobody_yet(own: MemoryOwnSettings) -> None:
    found = await look(own)

    name, content = sample_file(found, Kind.EML)

    mail = message_from_bytes(content, policy=SMTP)
    assert name == "contoso-zahnarzte-co-reminder-de.eml"
    assert mail["X-Unsent"] == "1"
    assert str(mail["From"]) == "Contoso IT <it@contoso.example>"
    assert [mail[field] for field in ("To", "Cc", "Bcc")] == [None, None, None]
    assert mail["Subject"] == found.message.subject
    assert mail.get_body(("plain",)).get_content().replace("\r\n", "\n") == found.message.text
    assert list(mail.iter_attachments()) == []


async def test_html_and_text_are_files_too(own: MemoryOwnSettings) -> None:
    found = await look(own, tenant=None)

    assert sample_file(found, Kind.HTML) == ("reminder-en.html", found.message.html.encode())
    assert sample_file(found, Kind.TEXT) == ("reminder-en.txt", found.message.text.encode())


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_file_name_is_plain_whatever_the_tenant_is_called(name: str) -> None:
    made = file_name(name, "reminder", ending="eml")

    assert made.removesuffix("reminder.eml").strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
    assert len(made) <= 60
