"""A delivery's email is composed from stored data, and is the same every time."""

from dataclasses import replace

import pytest

from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import NotFound
from sspr_core.model.ids import TenantId
from sspr_core.model.report import Attachment, Letter, Picture, PinnedLetter, Report
from sspr_core.model.run import Pinned, Run
from sspr_core.runs.compose_mail import compose_mail, composing
from tests.fakes.mailing import MemoryRuns
from tests.runs.delivery_builders import NOON, RUN, TENANT, a_delivery, a_run

BRANDING = Branding(company="Partner GmbH", support_contact="+49 30 1234", sender_name="Partner")


def run(language: str = "en", branding: Branding = BRANDING, words: Words = Words()) -> Run:  # noqa: B008 - frozen
    pinned = {f"{TENANT}:{language}": Pinned(branding=branding, words=words)}
    return a_run(template="register_now", pinned=pinned, tenants={TENANT: "Contoso Dental"})


def test_it_goes_to_the_pinned_address_under_the_deliverys_operation_id():
    row = a_delivery("ana", epoch=2)

    mail = compose_mail(run(), row)

    assert (mail.operation_id, mail.to, mail.to_name) == (row.operation_id, "ana@contoso.example", "Ana")


def test_it_has_the_pinned_branding_and_words_and_the_tenants_name_of_then():
    mail = compose_mail(run(words=Words(subject="{tenant}: please register")), a_delivery("ana"))

    assert mail.subject == "Contoso Dental: please register"
    assert "Partner GmbH" in mail.text
    assert "+49 30 1234" in mail.html


def test_it_addresses_the_user_by_first_name_in_their_language():
    mail = compose_mail(run("de"), a_delivery("ana", display_name="Silva, Ana", language="de"))

    assert "Guten Tag Ana," in mail.text


def test_it_is_sent_from_the_tenants_own_sender_where_it_has_one():
    own = replace_branding(sender_address="it@contoso.example", reply_to="help@contoso.example")

    assert compose_mail(run(), a_delivery()).sender == "it@msp.example"
    assert compose_mail(run(), a_delivery()).reply_to is None
    mail = compose_mail(run(branding=own), a_delivery())
    assert (mail.sender, mail.reply_to) == ("it@contoso.example", "help@contoso.example")


def replace_branding(**said: str) -> Branding:
    return Branding(**said).over(BRANDING)


def test_the_same_delivery_has_the_same_bytes_whenever_it_is_composed():
    row = a_delivery("ana")
    later = replace(row, attempts=3, claim="another claim", questions=2, etag="another")

    assert compose_mail(run(), later) == compose_mail(run(), row)


def test_another_epoch_is_the_same_email_under_another_id():
    row = a_delivery("ana")

    mail, again = compose_mail(run(), row), compose_mail(run(), replace(row, epoch=1))

    assert again.operation_id != mail.operation_id
    assert replace(again, operation_id=mail.operation_id) == mail


# Reports

LETTER = Letter(
    subject="Report on Contoso",
    text="3 are still to register",
    html='<img src="cid:course">',
    pictures=(Picture(name="course.png", content_type="image/png", content=b"png", content_id="course"),),
    attachments=(Attachment(name="users.csv", content_type="text/csv", content=b"csv"),),
)


def runs_with_a_letter() -> MemoryRuns:
    report = Report(tenant_id=TenantId(TENANT), tenant_name="Contoso", language="en", zone="Etc/UTC", as_of=NOON)
    return MemoryRuns(letters={RUN: PinnedLetter(letter=LETTER, report=report)})


async def test_a_reports_email_is_the_letter_that_was_written_before_its_run_was_accepted():
    report = replace(run(), report=TENANT)

    mail = await composing(runs_with_a_letter())(report, a_delivery("it"))

    assert (mail.subject, mail.text, mail.html) == (LETTER.subject, LETTER.text, LETTER.html)
    assert (mail.pictures, mail.attachments) == (LETTER.pictures, LETTER.attachments)
    assert (mail.to, mail.operation_id) == ("it@contoso.example", a_delivery("it").operation_id)


async def test_a_letter_that_was_taken_out_is_no_empty_email():
    runs = runs_with_a_letter()
    gone = runs.letters[RUN].without_letter()

    with pytest.raises(NotFound):
        await composing(MemoryRuns(letters={RUN: gone}))(replace(run(), report=TENANT), a_delivery("it"))
    assert gone.report == runs.letters[RUN].report


async def test_a_report_is_sent_as_the_tenants_other_mails_are():
    own = replace_branding(sender_address="it@contoso.example", reply_to="help@contoso.example")
    compose = composing(runs_with_a_letter())

    assert (await compose(replace(run(), report=TENANT), a_delivery())).sender == "it@msp.example"
    mail = await compose(replace(run(branding=own), report=TENANT), a_delivery())
    assert (mail.sender, mail.reply_to) == ("it@contoso.example", "help@contoso.example")


async def test_any_other_runs_email_needs_no_letter():
    assert await composing(MemoryRuns())(run(), a_delivery()) == compose_mail(run(), a_delivery())
