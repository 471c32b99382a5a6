"""Where to go on in the Entra admin centre, for one tenant."""

from sspr_core.model.cloud import entra
from sspr_core.model.ids import TenantId


def entra_links(tenant: TenantId, authority: str) -> dict[str, str]:
    """Links that open in that tenant, in its cloud: the pattern every partner tool uses."""
    view = f"{entra(authority)}/{tenant}/#view"
    return {
        "sspr_settings": f"{view}/Microsoft_AAD_IAM/PasswordResetMenuBlade/~/Properties",
        "authentication_methods_report": f"{view}/Microsoft_AAD_IAM/AuthenticationMethodsMenuBlade/~/Activity",
        "users": f"{view}/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers",
    }
