"""How the app authenticates: by one of three settings, which are never shown."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import ClientSession
from azure.core.credentials import AccessToken
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import CertificateCredential, ClientAssertionCredential, ClientSecretCredential
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from sspr_core.adapters.identity import Certificate, ManagedIdentity, Secret, exchange_scope
from sspr_core.model.errors import GiveUp, TryAgain
from sspr_core.model.problem import Access
from sspr_core.settings.environment import SettingsError, read
from sspr_core.wiring import proof
from tests.builders import MONDAY
from tests.graph_rows import guid
from tests.settings.test_environment import GOOD

NEVER = datetime(9999, 1, 1, tzinfo=UTC)
TENANT, CLIENT, AUTHORITY = guid("tenant"), guid("client"), "https://login.microsoftonline.com"


@pytest.fixture(scope="module")
def pem() -> bytes:
    """A certificate with its key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sspr")])
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=9000))
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + made.public_bytes(serialization.Encoding.PEM)


@pytest.fixture
async def transport() -> AsyncIterator[AioHttpTransport]:
    async with ClientSession() as session:
        yield AioHttpTransport(session=session, session_owner=False)


def settings(**proofs: str) -> object:
    return read({**GOOD, "SSPR_CLIENT_SECRET": "", **proofs})


async def test_each_setting_makes_its_credential(pem: bytes, transport: AioHttpTransport, tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_bytes(pem)
    for setting, value, kind in (
        ("SSPR_CLIENT_SECRET", "hush", ClientSecretCredential),
        ("SSPR_CLIENT_CERTIFICATE", str(file), CertificateCredential),
        ("SSPR_CLIENT_CERTIFICATE", base64.b64encode(pem).decode(), CertificateCredential),
        ("SSPR_CLIENT_CERTIFICATE", pem.decode(), CertificateCredential),
    ):
        how = proof(settings(**{setting: value}))
        assert isinstance(await how.credential(TENANT, CLIENT, AUTHORITY, transport), kind)


async def test_a_managed_identitys_assertion_is_fetched_and_handed_on(
    transport: AioHttpTransport, monkeypatch: pytest.MonkeyPatch
) -> None:
    how = proof(settings(SSPR_MANAGED_IDENTITY_CLIENT_ID=guid("identity")))
    assert isinstance(how, ManagedIdentity)
    asked = []

    async def get_token(*scopes: str) -> AccessToken:
        asked.append(scopes)
        return AccessToken("the-assertion", 0)

    monkeypatch.setattr(how._identity, "get_token", get_token)
    credential = await how.credential(TENANT, CLIENT, AUTHORITY, transport)

    assert isinstance(credential, ClientAssertionCredential)
    assert credential._func() == "the-assertion"
    assert asked == [("api://AzureADTokenExchange/.default",)]
    await how.close()


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (CredentialUnavailableError(message="no response from the IMDS endpoint"), TryAgain),
        (ServiceRequestError("no route"), TryAgain),
        (ClientAuthenticationError(message="identity not found"), GiveUp),
    ],
)
async def test_a_managed_identity_in_trouble_is_trouble_with_our_own_credential(
    transport: AioHttpTransport, monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[GiveUp | TryAgain]
) -> None:
    how = ManagedIdentity(guid("identity"))

    async def get_token(*_: str) -> AccessToken:
        raise error

    monkeypatch.setattr(how._identity, "get_token", get_token)
    with pytest.raises(kind) as caught:
        await how.credential(TENANT, CLIENT, AUTHORITY, transport)

    assert caught.value.trouble
    assert caught.value.trouble.word is Access.APP_CREDENTIAL
    await how.close()


@pytest.mark.parametrize(
    ("authority", "cloud"),
    [
        (AUTHORITY, ""),
        ("https://login.microsoftonline.us", "USGov"),
        ("https://login.partner.microsoftonline.cn", "China"),
    ],
)
def test_the_assertion_is_for_the_exchange_of_its_cloud(authority: str, cloud: str) -> None:
    assert exchange_scope(authority) == f"api://AzureADTokenExchange{cloud}/.default"


async def test_a_certificate_that_cannot_be_opened_is_trouble_with_our_own_credential(
    transport: AioHttpTransport,
) -> None:
    with pytest.raises(GiveUp) as caught:
        await Certificate(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", NEVER).credential(
            TENANT, CLIENT, AUTHORITY, transport
        )

    assert caught.value.trouble.word is Access.APP_CREDENTIAL


async def test_an_expired_certificate_is_named_before_entra_is_asked(pem: bytes, transport: AioHttpTransport) -> None:
    with pytest.raises(GiveUp) as caught:
        await Certificate(pem, MONDAY, clock=lambda: MONDAY).credential(TENANT, CLIENT, AUTHORITY, transport)

    assert (caught.value.trouble.word, caught.value.trouble.code) == (Access.APP_CREDENTIAL, "certificate_expired")
    assert MONDAY.strftime("%Y-%m-%d") in caught.value.trouble.message


@pytest.mark.parametrize("value", ["/no/such/file.pem", "not base64!"])
def test_a_certificate_that_is_neither_file_nor_base64_is_a_settings_error_without_its_value(value: str) -> None:
    with pytest.raises(SettingsError) as caught:
        proof(settings(SSPR_CLIENT_CERTIFICATE=value))

    assert "SSPR_CLIENT_CERTIFICATE" in str(caught.value)
    assert value not in str(caught.value)


def test_no_proof_shows_what_it_holds() -> None:
    assert "hush" not in repr(Secret("hush"))
    assert "hush" not in repr(Certificate(b"hush", NEVER))
