"""The certificate's setting: a file, PEM, or base64 of PEM or PFX; anything else is refused before it is used."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from sspr_core.certificate import certificate

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sspr")])
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CERTIFICATE = (
    x509.CertificateBuilder()
    .subject_name(NAME)
    .issuer_name(NAME)
    .public_key(KEY.public_key())
    .serial_number(1)
    .not_valid_before(BEGIN)
    .not_valid_after(BEGIN + timedelta(days=9_000))
    .sign(KEY, hashes.SHA256())
)
ALONE = CERTIFICATE.public_bytes(Encoding.PEM)
NO_PASSWORD, PASSWORD = NoEncryption(), BestAvailableEncryption(b"secret")


def pem(encryption: KeySerializationEncryption = NO_PASSWORD, format: PrivateFormat = PrivateFormat.PKCS8) -> bytes:  # noqa: A002
    return KEY.private_bytes(Encoding.PEM, format, encryption) + ALONE


PFX = pkcs12.serialize_key_and_certificates(b"sspr", KEY, CERTIFICATE, None, NO_PASSWORD)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


SHORT = b"\x30\x82\x01\xf4\x02\x01\x03".ljust(504, b"\0")  # like a PFX: 672 letters, too long for a file's name


@pytest.mark.parametrize(
    "data",
    [pem(), pem(format=PrivateFormat.TraditionalOpenSSL), PFX, SHORT],
    ids=["PEM", "RSA", "PFX", "short PFX"],
)
def test_a_certificate_is_taken_from_a_file_or_from_base64_on_one_line_or_several(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "app"
    file.write_bytes(data)

    assert certificate(str(file)) == certificate(encoded(data)) == data
    assert certificate(base64.encodebytes(data).decode()) == data


def test_a_pem_may_be_the_setting_itself() -> None:
    assert certificate(pem().decode()) == pem()


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "/no/such/file.pem",
        "not base64!",
        encoded(b"anything at all, long enough"),
        encoded(PFX[:-20]),
        encoded(PFX[:8]),
        encoded(ALONE),
        encoded(pem()[:-60]),
        encoded(CERTIFICATE.public_bytes(Encoding.DER)),
        encoded(pem(PASSWORD)),
        encoded(pem(PASSWORD, PrivateFormat.TraditionalOpenSSL)),
        "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----",
    ],
    ids=[
        "a word",
        "a file that is not there",
        "no base64",
        "base64 of something else",
        "half a PFX",
        "its beginning",
        "no key",
        "half a PEM",
        "no key, DER",
        "a password",
        "a password, RSA",
        "an empty block",
    ],
)
def test_what_cannot_be_a_certificate_with_its_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"PFX|base64|padding|characters"):
        certificate(text)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text("hello")

    with pytest.raises(ValueError, match="neither"):
        certificate(str(file))
