"""What each unsuccessful answer of Graph means."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ClientAuthenticationError, DecodeError

from sspr_core.adapters.graph.errors import may_be_rotation, of_entra, of_graph, of_token
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.problem import Access

NOT_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
NO_DIRECTORY_READ = "Authentication_ApplicationHasNoDirectoryReadAccess"
FEDERATED_FOR_NOW = (70021, 70025, 700211, 700212, 700213, 7002131, 7002138)
FEDERATED_FOR_GOOD = (7002137, 700222, 700024, 1000502, 7000214, 7000274, 7000277)


@pytest.mark.parametrize(
    ("status", "code", "kind", "word"),
    [
        (429, "TooManyRequests", TryAgain, Access.THROTTLED),
        (429, "", TryAgain, Access.THROTTLED),
        (500, "generalException", TryAgain, Access.UNAVAILABLE),
        (502, "", TryAgain, Access.UNAVAILABLE),
        (503, "serviceNotAvailable", TryAgain, Access.UNAVAILABLE),
        (401, "InvalidAuthenticationToken", TryAgain, Access.UNAVAILABLE),
        (408, "", TryAgain, Access.UNAVAILABLE),
        (403, NOT_PREMIUM, TryAgain, Access.UNAVAILABLE),
        (403, NO_DIRECTORY_READ, TryAgain, Access.UNAVAILABLE),
        (403, "Authentication_MSGraphPermissionMissing", GiveUp, Access.PERMISSION_MISSING),
        (403, "Authorization_RequestDenied", GiveUp, Access.PERMISSION_MISSING),
        (403, "SomethingNew", GiveUp, Access.OTHER),
        (400, "Request_UnsupportedQuery", GiveUp, Access.OTHER),
        (400, "Directory_ExpiredPageToken", TryAgain, Access.UNAVAILABLE),
        (404, "", GiveUp, Access.OTHER),
    ],
)
def test_graphs_errors_are_temporary_or_permanent_and_have_a_word(
    status: int, code: str, kind: type[Exception], word: Access
) -> None:
    trouble = of_graph(status, code, "Sorry.", {})

    assert isinstance(trouble, kind)
    assert trouble.trouble
    assert trouble.trouble.word is word
    assert trouble.trouble.code


@pytest.mark.parametrize(
    ("number", "kind", "word"),
    [
        (700016, GiveUp, Access.CONSENT_MISSING),
        (65001, GiveUp, Access.CONSENT_MISSING),
        (7000215, GiveUp, Access.APP_CREDENTIAL),
        (7000222, GiveUp, Access.APP_CREDENTIAL),
        (53003, GiveUp, Access.BLOCKED),
        (7000112, GiveUp, Access.BLOCKED),
        (90002, GiveUp, Access.TENANT_GONE),
        (5000224, GiveUp, Access.TENANT_GONE),
        (90033, TryAgain, Access.UNAVAILABLE),
        (50196, TryAgain, Access.UNAVAILABLE),
        (500011, GiveUp, Access.OTHER),
        (999999, GiveUp, Access.OTHER),
        *((number, TryAgain, Access.APP_CREDENTIAL) for number in FEDERATED_FOR_NOW),
        *((number, GiveUp, Access.APP_CREDENTIAL) for number in FEDERATED_FOR_GOOD),
    ],
)
def test_entras_refusals_are_told_apart_by_their_number(number: int, kind: type[Exception], word: Access) -> None:
    trouble = of_entra(f"Azure says: AADSTS{number}: Something. Trace ID: 1-2 Correlation ID: 3", 400, {})

    assert isinstance(trouble, kind)
    assert trouble.trouble
    assert (trouble.trouble.word, trouble.trouble.code) == (word, f"AADSTS{number}")
    assert trouble.trouble.message == f"AADSTS{number}: Something."


@pytest.mark.parametrize(
    ("refusal", "word"),
    [
        ("(invalid_client) AADSTS999999: Something new", Access.APP_CREDENTIAL),
        ("(invalid_client) Something without a number", Access.APP_CREDENTIAL),
        ("(invalid_client) AADSTS650051: Not subscribed", Access.OTHER),
        ("(invalid_client) AADSTS650052: No service principal", Access.OTHER),
        ("(invalid_client) AADSTS650057: Invalid resource", Access.OTHER),
        ("(invalid_client) AADSTS7000229: Missing service principal", Access.CONSENT_MISSING),
        ("(invalid_client) AADSTS7000112: Disabled", Access.BLOCKED),
        ("(unauthorized_client) AADSTS999999: Something new", Access.OTHER),
        ("(invalid_request) AADSTS999999: A parameter is (invalid_client) here", Access.OTHER),
    ],
)
def test_oauths_own_word_decides_only_for_a_number_that_is_not_listed(refusal: str, word: Access) -> None:
    answer = SimpleNamespace(status_code=401, headers={}, reason="Unauthorized")
    error = ClientAuthenticationError(message=f"Microsoft Entra ID error '{refusal}. Trace ID: 1", response=answer)

    trouble = of_token(error)

    assert isinstance(trouble, GiveUp)
    assert trouble.trouble.word is word


@pytest.mark.parametrize("text", ["no answer", "AADSTS999999: Something unlisted."])
@pytest.mark.parametrize("status", [500, 503])
def test_a_token_endpoint_in_trouble_is_temporary_whatever_it_says(status: int, text: str) -> None:
    assert isinstance(of_entra(text, status, {}), TryAgain)


def test_a_token_endpoint_that_does_not_answer_is_temporary() -> None:
    assert isinstance(of_entra("no answer", None, {}), TryAgain)


def test_a_token_answer_cut_off_is_temporary_and_its_content_is_not_told() -> None:
    answer = SimpleNamespace(status_code=200, headers={}, reason="OK")
    error = DecodeError(message='Content: {"access_token":"eyJsecret', response=answer)

    trouble = of_token(error)

    assert isinstance(trouble, TryAgain)
    assert trouble.trouble
    assert (trouble.trouble.word, trouble.trouble.code) == (Access.UNAVAILABLE, "unreadable_token")
    assert "eyJsecret" not in str(trouble) + trouble.trouble.message


@pytest.mark.parametrize(
    ("status", "word"), [(429, Access.THROTTLED), (503, Access.UNAVAILABLE), (None, Access.UNAVAILABLE)]
)
def test_a_refusal_without_a_number_is_told_by_its_status(status: int | None, word: Access) -> None:
    answer = SimpleNamespace(status_code=status, headers={"Retry-After": "17"}, reason="x") if status else None

    trouble = of_token(ClientAuthenticationError(message="Authentication failed", response=answer))

    assert isinstance(trouble, TryAgain)
    assert trouble.trouble
    assert trouble.trouble.word is word
    assert not may_be_rotation(trouble)


def test_a_throttled_token_endpoint_says_for_how_long() -> None:
    trouble = of_entra("AADSTS90055: slow down", 429, {"Retry-After": "30"})

    assert isinstance(trouble, TryAgain)
    assert trouble.after == timedelta(seconds=30)


def test_messages_are_one_line_of_bounded_length() -> None:
    trouble = of_graph(400, "x" * 500, "a\r\nb" + "c" * 9000, {}).trouble

    assert trouble
    assert "\n" not in trouble.message
    assert len(trouble.message) <= 400
    assert len(trouble.code) <= 100
