"""Which mail service the settings select, and the credential used for it."""

from typing import Any

import pytest

from sspr_core import wiring
from sspr_core.adapters import acs_mailer
from sspr_core.model.mail_service import Senders
from sspr_core.model.sending import SendingLimits
from sspr_core.settings.environment import read
from tests.graph_rows import guid
from tests.settings.test_environment import BY_KEY, GOOD

BY_ADDRESS = {"SSPR_MAIL_ENDPOINT": "https://mail.example", "SSPR_MAIL_SENDER": "us@partner.example"}


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(acs_mailer, "open_mailer", lambda **how: asked.append(how) or "mailer")
    return asked


@pytest.mark.parametrize("given", [{}, {**BY_KEY, "SSPR_MAIL_SERVICE": "none"}])
def test_where_sending_is_off_there_is_no_mailer(opened: list[dict[str, Any]], given: dict[str, str]) -> None:
    assert wiring.mailer(read({**GOOD, **given})) is None
    assert opened == []


def test_with_a_key_no_identity_is_needed(opened: list[dict[str, Any]]) -> None:
    assert wiring.mailer(read({**GOOD, **BY_KEY})) == "mailer"
    assert opened == [
        {
            "connection": BY_KEY["SSPR_MAIL_CONNECTION_STRING"],
            "endpoint": None,
            "identity_client_id": None,
            "sender": BY_KEY["SSPR_MAIL_SENDER"],
        }
    ]


@pytest.mark.parametrize(
    ("said", "identity"),
    [
        ({}, None),
        ({"SSPR_STORAGE__clientId": guid("storage's")}, guid("storage's")),
        ({"SSPR_CLIENT_SECRET": "", "SSPR_MANAGED_IDENTITY_CLIENT_ID": guid("apps")}, guid("apps")),
    ],
)
def test_by_its_address_the_mail_service_is_asked_as_the_apps_own_identity(
    opened: list[dict[str, Any]], said: dict[str, str], identity: str | None
) -> None:
    wiring.mailer(read({**GOOD, **BY_ADDRESS, **said}))

    assert opened == [
        {
            "connection": None,
            "endpoint": "https://mail.example",
            "identity_client_id": identity,
            "sender": "us@partner.example",
        }
    ]


async def test_the_world_has_the_mailer_the_sender_and_the_numbers_of_the_settings(
    opened: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph, storage = [], []
    for name, made in (("Graph", graph), ("open_storage", storage)):
        monkeypatch.setattr(wiring, name, _remembering(getattr(wiring, name), made))
    settings = read(
        {
            **GOOD,
            **BY_KEY,
            "SSPR_MAIL_PER_HOUR": "7",
            "SSPR_MAIL_NUMBERS": '{"attempts": 3}',
            "SSPR_MAIL_SENDERS": '["it@partner.example"]',
        }
    )

    services = wiring.build(settings)
    for one in graph + storage:
        await one.close()

    assert (services.post.mailer, services.post.senders) == (
        "mailer",
        Senders(usual="donotreply@partner.example", others=("it@partner.example",)),
    )
    assert services.post.numbers == SendingLimits(per_hour=7, attempts=3)


def _remembering(really: Any, made: list[Any]) -> Any:
    def open_it(**how: Any) -> Any:
        made.append(really(**how))
        return made[-1]

    return open_it
