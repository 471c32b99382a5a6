"""The certificate with which the app authenticates, read from a setting."""

import base64
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
    from cryptography.x509 import Certificate

    type _Pair = tuple[PrivateKeyTypes | None, Certificate | None]

_NEITHER = "is no file and no base64 of a PFX or PEM with its key, unencrypted"
_PASSWORD = "has a password, for which there is no setting: export it without one"  # noqa: S105 - a sentence
_FOREIGN_KEY = "has a key that does not belong to its certificate, which must be the first one in it"
_NOT_RSA = "has a key that is not RSA, which Entra wants an app's proof signed with"


class CertificateError(ValueError):
    """What is wrong: the end of a sentence that begins with the setting's name. It quotes nothing of the value."""


@dataclass(frozen=True, slots=True)
class AppCertificate:
    """Certificate and key, as a PFX or PEM that azure-identity accepts unchanged."""

    data: bytes = field(repr=False)
    expires_at: datetime


def certificate(text: str) -> AppCertificate:
    """A PFX, or a PEM with certificate and key: a file's path, the PEM itself, or the base64 of either.

    Raises CertificateError. Accepts an expired one: without Graph the app can still show its stored data.
    """
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415 - see _pair

    data = _content(text)
    key, leaf = _pair(data)
    if key is None or leaf is None:
        raise CertificateError(_NEITHER)
    if key.public_key() != leaf.public_key():
        raise CertificateError(_FOREIGN_KEY)
    if not isinstance(key, RSAPrivateKey):
        raise CertificateError(_NOT_RSA)
    return AppCertificate(data, leaf.not_valid_after_utc)


def _content(text: str) -> bytes:
    try:
        if "-----BEGIN" in text:
            return text.encode()
        if _is_file(text):
            return Path(text).read_bytes()
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, OSError):
        raise CertificateError(_NEITHER) from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a file name may be
        return False


def _pair(data: bytes) -> "_Pair":
    """The key and the first certificate, whose thumbprint azure-identity sends.

    Importing cryptography takes a seventh of a second: only an app with a certificate pays for it.
    """
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415

    try:
        return _of_pem(data) if b"-----BEGIN" in data else _of_pfx(data)
    except TypeError:  # a PEM's encrypted key
        raise CertificateError(_PASSWORD) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        # For a PFX only the error's words show whether the format or the password was wrong; else it is _NEITHER.
        raise CertificateError(_PASSWORD if "password" in str(error) else _NEITHER) from None


def _of_pem(data: bytes) -> "_Pair":
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    return load_pem_private_key(data, None), load_pem_x509_certificate(data)


def _of_pfx(data: bytes) -> "_Pair":
    """A PFX pairs them itself: if the key's own certificate is missing, only other certificates come with it."""
    from cryptography.hazmat.primitives.serialization.pkcs12 import load_key_and_certificates  # noqa: PLC0415

    key, leaf, others = load_key_and_certificates(data, None)
    return key, leaf or next(iter(others), None)
