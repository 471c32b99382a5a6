"""Where to go on in the Entra admin centre, for one tenant."""

from sspr_core.model.ids import TenantId

_ENTRA = "https://entra.microsoft.com"


def entra_links(tenant: TenantId) -> dict[str, str]:
    """Links that open in that tenant: the pattern every partner tool uses."""
    view = f"{_ENTRA}/{tenant}/#view"
    return {
        "sspr_settings": f"{view}/Microsoft_AAD_IAM/PasswordResetMenuBlade/~/Properties",
        "authentication_methods_report": f"{view}/Microsoft_AAD_IAM/AuthenticationMethodsMenuBlade/~/Activity",
        "users": f"{view}/Microsoft_AAD_UsersAndTenants/UserManagementMenuBlade/~/AllUsers",
    }
