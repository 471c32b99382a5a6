"""The certificate that the app proves itself with, as a setting gives it."""

import base64
import re
from pathlib import Path

_PEM_BLOCK = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----", re.DOTALL)
_PFX_VERSION = b"\x02\x01\x03"  # RFC 7292, 4: a PFX is a sequence that begins with version 3


def certificate(text: str) -> bytes:
    """A PFX, or a PEM with certificate and key: a file's path, the PEM itself, or the base64 of either.

    Raises ValueError or OSError when it is none of these. Looked at from outside only: whether a PFX opens shows when
    it is used.
    """
    data = _content(text)
    if not (_is_pem(data) or _is_pfx(data)):
        raise ValueError("neither PFX nor PEM")
    return data


def _content(text: str) -> bytes:
    if "-----BEGIN" in text:
        return text.encode()
    if _is_file(text):
        return Path(text).read_bytes()
    return base64.b64decode("".join(text.split()), validate=True)


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except OSError:  # longer than a name may be
        return False


def _is_pem(data: bytes) -> bool:
    """With a key that needs no password: there is no setting for one."""
    blocks = dict(_PEM_BLOCK.findall(data))
    keys = {label for label in blocks if label.endswith(b"PRIVATE KEY") and not label.startswith(b"ENCRYPTED")}
    return b"CERTIFICATE" in blocks and bool(keys) and all(_is_base64(body) for body in blocks.values())


def _is_base64(body: bytes) -> bool:
    try:
        return bool(base64.b64decode(b"".join(body.split()), validate=True))
    except ValueError:
        return False


def _is_pfx(data: bytes) -> bool:
    """A whole one: the length it begins with is its own, where it says one (BER may leave it open)."""
    if len(data) < 16 or data[0] != 0x30:
        return False
    if data[1] == 0x80:
        return data[2:5] == _PFX_VERSION
    size = data[1] & 0x7F if data[1] & 0x80 else 0
    length = int.from_bytes(data[2 : 2 + size]) if size else data[1]
    return len(data) == 2 + size + length and data[2 + size : 5 + size] == _PFX_VERSION
