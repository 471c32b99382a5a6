"""Preparing drafts: recipients, texts, and limits."""

import pytest

from sspr_core.mail import drafts as module
from sspr_core.mail.drafts import DraftRequest, Drafts, Mode, prepare
from sspr_core.model.branding import Branding
from sspr_core.model.custom_texts import Words
from sspr_core.model.errors import Invalid, NotFound
from sspr_core.model.ids import EVERY_TENANT, Scope, UserId
from sspr_core.model.recipient import MailTerms
from sspr_core.model.registration import StoredUser
from sspr_core.model.user_filter import UserFilter
from tests.builders import MONDAY, a_known
from tests.fakes.operator_settings import MemoryOwnSettings
from tests.fakes.storage import MemoryTenants
from tests.graph_rows import guid
from tests.mail.user_builders import a_stored_user, on_the_books
from tests.snapshot.snapshot_env import CONTOSO

ANA = a_stored_user("ana", display_name="Ana Silva")
BEN = a_stored_user("ben", display_name="Ben Weber", preferred_language="de-CH")
CAS = a_stored_user("cas", display_name="Cas Jansen", registered=True)


async def drafts(
    *users: StoredUser, own: MemoryOwnSettings | None = None, scope: Scope = EVERY_TENANT, **said: object
) -> Drafts:
    known = a_known("contoso")
    tenants = MemoryTenants(rows={CONTOSO: known.tenant}, statuses={CONTOSO: known.status})
    usual: dict[str, object] = {
        "tenant": CONTOSO,
        "users": UserFilter(),
        "template": "register_now",
        "language": None,
        "mode": Mode.BCC,
    }
    wanted = DraftRequest(**{**usual, **said})
    return await prepare(wanted, scope, tenants, on_the_books(*users), own or MemoryOwnSettings())


def summary(found: Drafts) -> list[tuple[str, list[str]]]:
    return [(one.message.language, [to.display_name for to in one.recipients]) for one in found.drafts]


async def test_in_bcc_mode_each_language_is_a_draft() -> None:
    found = await drafts(ANA, BEN, CAS, a_stored_user("dee", preferred_language="de"))

    assert summary(found) == [("de", ["Ben Weber", "Dee"]), ("en", ["Ana Silva"])]
    assert [one.display_name for one in found.left_out] == ["Cas Jansen"]
    assert found.hidden


async def test_a_draft_for_many_greets_nobody_by_name_and_one_for_each_does() -> None:
    together, each = await drafts(ANA), await drafts(ANA, BEN, mode=Mode.INDIVIDUAL)

    assert "Ana" not in together.drafts[0].message.text
    assert [
        (one.message.language, name in one.message.text) for one, name in zip(each.drafts, ["Ben", "Ana"], strict=True)
    ] == [
        ("de", True),
        ("en", True),
    ]
    assert not each.hidden


async def test_one_language_for_all_is_one_draft() -> None:
    assert summary(await drafts(ANA, BEN, language="nl")) == [("nl", ["Ana Silva", "Ben Weber"])]


async def test_users_chosen_by_id_are_those_and_no_others() -> None:
    found = await drafts(ANA, BEN, users=[ANA.user_id, UserId(guid("gone"))])

    assert summary(found) == [("en", ["Ana Silva"])]
    assert [(one.user_id, one.reason) for one in found.left_out] == [(guid("gone"), "unknown")]


async def test_the_tenants_words_and_look_go_before_the_defaults() -> None:
    own = MemoryOwnSettings()
    await own.save_branding(None, Branding(company="The MSP", sender_address="it@msp.example"), by="o", at=MONDAY)
    await own.save_branding(CONTOSO, Branding(company="Contoso IT"), by="o", at=MONDAY)
    await own.save_words(CONTOSO, "reminder", "en", Words(subject="{company} asks again"), by="o", at=MONDAY)

    (draft,) = (await drafts(ANA, own=own, template="reminder")).drafts

    assert draft.message.subject == "Contoso IT asks again"
    assert draft.branding == Branding(company="Contoso IT", sender_address="it@msp.example")


async def test_the_tenants_terms_go_before_the_defaults() -> None:
    own = MemoryOwnSettings()
    await own.save_mail_terms(None, MailTerms(language="fr", use_other_mails=True), by="o", at=MONDAY)
    await own.save_mail_terms(CONTOSO, MailTerms(language="es"), by="o", at=MONDAY)
    eva = a_stored_user("eva", mail=None, other_mails=["eva@home.example"])

    assert summary(await drafts(ANA, eva, own=own)) == [("es", ["Ana Silva", "Eva"])]


async def test_nothing_is_stored() -> None:
    own = MemoryOwnSettings()

    await drafts(ANA, own=own)

    assert (own.rows, own.saved) == ({}, [])


async def test_more_drafts_than_anybody_sends_by_hand_are_refused_with_the_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_INDIVIDUAL", 1)

    assert len((await drafts(ANA, CAS, mode=Mode.INDIVIDUAL)).drafts) == 1
    with pytest.raises(Invalid, match="2 drafts of at most 1") as caught:
        await drafts(ANA, BEN, mode=Mode.INDIVIDUAL)
    assert caught.value.field == "mode"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"template": "poem"}, "template"),
        ({"language": "tlh"}, "language"),
        ({"users": [ANA.user_id] * 1_001}, "user_ids"),
    ],
)
async def test_what_is_not_known_or_too_much_is_named(said: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await drafts(ANA, **said)

    assert caught.value.field == field


async def test_outside_the_scope_there_is_no_tenant() -> None:
    with pytest.raises(NotFound):
        await drafts(ANA, scope=Scope(tenants=frozenset()))
