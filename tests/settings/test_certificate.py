"""The certificate's setting: a file, PEM, or base64 of PEM or PFX; anything else is refused before it is used."""

import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes, PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from sspr_core.settings.certificate import AppCertificate, CertificateError, certificate

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=9_000)


def certificate_of(key: CertificateIssuerPrivateKeyTypes) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sspr")])
    building = x509.CertificateBuilder().subject_name(name).issuer_name(name).serial_number(1)
    lasting = building.not_valid_before(BEGIN).not_valid_after(END)
    return lasting.public_key(key.public_key()).sign(key, hashes.SHA256())


KEY, OTHER_KEY = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
ELLIPTIC_KEY = ec.generate_private_key(ec.SECP256R1())
CERTIFICATE = certificate_of(KEY)
ALONE = CERTIFICATE.public_bytes(Encoding.PEM)
NO_PASSWORD, PASSWORD = NoEncryption(), BestAvailableEncryption(b"secret")


def pem(encryption: KeySerializationEncryption = NO_PASSWORD, format: PrivateFormat = PrivateFormat.PKCS8) -> bytes:  # noqa: A002
    return KEY.private_bytes(Encoding.PEM, format, encryption) + ALONE


def pem_of(key: PrivateKeyTypes, *certificates: x509.Certificate) -> bytes:
    parts = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NO_PASSWORD)]
    return b"".join([*parts, *(one.public_bytes(Encoding.PEM) for one in certificates)])


def pfx(
    key: rsa.RSAPrivateKey | None = KEY,
    of: x509.Certificate | None = CERTIFICATE,
    others: list[x509.Certificate] | None = None,
    encryption: KeySerializationEncryption = NO_PASSWORD,
) -> bytes:
    return pkcs12.serialize_key_and_certificates(b"sspr", key, of, others, encryption)


PFX = pfx()
OLD_ENCRYPTION = (  # as Windows wrote it for many years
    PrivateFormat.PKCS12.encryption_builder()
    .key_cert_algorithm(pkcs12.PBES.PBESv1SHA1And3KeyTripleDESCBC)
    .hmac_hash(hashes.SHA1())
)


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


@pytest.mark.parametrize(
    "data",
    [
        pem(),
        pem(format=PrivateFormat.TraditionalOpenSSL),
        pem_of(KEY, CERTIFICATE, certificate_of(OTHER_KEY)),
        PFX,
        pfx(others=[certificate_of(OTHER_KEY)]),
    ],
    ids=["PEM", "RSA", "PEM with a chain", "PFX", "PFX with a chain"],
)
def test_a_certificate_is_taken_from_a_file_or_from_base64_on_one_line_or_several(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "app"
    file.write_bytes(data)
    taken = AppCertificate(data, END)

    assert certificate(str(file)) == certificate(encoded(data)) == taken
    assert certificate(base64.encodebytes(data).decode()) == taken


def test_a_pem_may_be_the_setting_itself() -> None:
    assert certificate(pem().decode()).data == pem()


NEITHER, PASSWORD_SET, FOREIGN = "is no file and no base64 of", "has a password", "does not belong to its certificate"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("garbage", NEITHER),
        ("/no/such/file.pem", NEITHER),
        ("not base64!", NEITHER),
        ("eHh4" * 200, NEITHER),  # longer than a file name may be
        (encoded(b"anything at all, long enough"), NEITHER),
        (encoded(PFX[:-20]), NEITHER),
        (encoded(PFX[:8]), NEITHER),
        (encoded(pfx(key=None)), NEITHER),
        (encoded(pfx(of=None)), NEITHER),
        (encoded(ALONE), NEITHER),
        (encoded(pem()[:-60]), NEITHER),
        (encoded(pem_of(KEY)), NEITHER),
        (encoded(CERTIFICATE.public_bytes(Encoding.DER)), NEITHER),
        ("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----", NEITHER),
        (encoded(pem(PASSWORD)), PASSWORD_SET),
        (encoded(pem(PASSWORD, PrivateFormat.TraditionalOpenSSL)), PASSWORD_SET),
        (encoded(pfx(encryption=PASSWORD)), PASSWORD_SET),
        (encoded(pfx(encryption=OLD_ENCRYPTION.build(b"secret"))), PASSWORD_SET),
        (encoded(pem_of(OTHER_KEY, CERTIFICATE)), FOREIGN),
        (encoded(pem_of(KEY, certificate_of(OTHER_KEY), CERTIFICATE)), FOREIGN),
        (encoded(pfx(of=None, others=[certificate_of(OTHER_KEY)])), FOREIGN),
        (encoded(pem_of(ELLIPTIC_KEY, certificate_of(ELLIPTIC_KEY))), "a key that is not RSA"),
    ],
    ids=[
        "a word",
        "a file that is not there",
        "no base64",
        "long base64 of something else",
        "base64 of something else",
        "half a PFX",
        "its beginning",
        "a PFX without a key",
        "a PFX with a key alone",
        "no key",
        "half a PEM",
        "a key alone",
        "no key, DER",
        "an empty block",
        "a password",
        "a password, RSA",
        "a password, PFX",
        "a password, old PFX",
        "the key of another",
        "the issuer before the certificate",
        "the key of another, PFX",
        "an elliptic curve",
    ],
)
def test_what_cannot_be_a_certificate_with_its_key_is_refused(text: str, wrong: str) -> None:
    with pytest.raises(CertificateError, match=wrong):
        certificate(text)


def test_a_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "app.pem"
    file.write_text("hello")

    with pytest.raises(CertificateError, match=NEITHER):
        certificate(str(file))


def test_neither_the_key_nor_the_setting_is_shown() -> None:
    assert "PRIVATE" not in repr(certificate(pem().decode()))
