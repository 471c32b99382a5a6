"""Links point to the same cloud as the tenants."""

import pytest

from sspr_core.model.cloud import entra, sign_in


@pytest.mark.parametrize(
    ("authority", "signs_in", "administers"),
    [
        ("https://login.microsoftonline.com", "https://login.microsoftonline.com", "https://entra.microsoft.com"),
        ("https://login.microsoftonline.us", "https://login.microsoftonline.us", "https://entra.microsoft.us"),
        (
            "https://login.partner.microsoftonline.cn",
            "https://login.partner.microsoftonline.cn",
            "https://entra.microsoftonline.cn",
        ),
        ("https://localhost:8443", "https://login.microsoftonline.com", "https://entra.microsoft.com"),
    ],
    ids=["public", "US government", "21Vianet", "local stack"],
)
def test_a_cloud_has_its_own_sign_in_and_admin_centre(authority: str, signs_in: str, administers: str) -> None:
    assert (sign_in(authority), entra(authority)) == (signs_in, administers)
