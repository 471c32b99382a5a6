"""Checks the settings of sending; `environment.py` has their names."""

import base64
import binascii
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import msgspec

from sspr_core.model.sending import SendingLimits

_OWN = ("per_minute", "per_hour", "longest_run")  # these have settings of their own
_LONGEST = 31 * 86_400  # seconds


def mail_connection(text: str) -> tuple[str, str] | None:
    """Endpoint and key in a connection string of the mail service; None when it is not one."""
    parts = {name.strip().lower(): value for name, _, value in (part.partition("=") for part in text.split(";"))}
    endpoint, key = parts.get("endpoint", ""), parts.get("accesskey", "")
    try:
        base64.b64decode(key, validate=True)
    except binascii.Error:
        return None
    return (endpoint.rstrip("/"), key) if endpoint and key else None


def scaled(numbers: SendingLimits, text: str) -> SendingLimits:
    """The limits with fields set by name: durations in seconds, counts as they are. Raises ValueError that says why."""
    usual = {field.name: field.default for field in fields(SendingLimits) if field.name not in _OWN}
    try:
        given = msgspec.json.decode(text, type=dict[str, float])
    except msgspec.MsgspecError as error:
        raise ValueError(str(error)) from None
    if unknown := given.keys() - usual.keys():
        raise ValueError(f"{', '.join(sorted(unknown))}: no such number, or one with a setting of its own")
    if wrong := [name for name, value in given.items() if not 0 <= value <= _LONGEST]:
        raise ValueError(f"{', '.join(wrong)}: below 0 or too large")
    changed: dict[str, Any] = {
        name: timedelta(seconds=value) if isinstance(usual[name], timedelta) else int(value)
        for name, value in given.items()
    }
    return replace(numbers, **changed)
