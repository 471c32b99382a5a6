"""The API's description, OpenAPI: the routes' own, with an example of every answer."""

from functools import cache
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from sspr_core.model.limits import OperatingLimits
from sspr_core.ports.services import Services
from sspr_core.web.dependencies import SIGN_IN
from sspr_core.web.openapi.answers import declared
from sspr_core.web.openapi.examples import examples
from sspr_core.web.openapi.shapes import ProblemShape
from sspr_core.web.problems import length_required

VERSION = "0.1.0"

type Json = dict[str, Any]

_TAGS = {
    "Status": "What is known of the tenants and their users: now, day by day, as a list, as a file, as a feed.",
    "Operation": "Adding, refreshing and switching off tenants, and the health of the app.",
    "Drafts": "Messages that a person sends.",
    "Runs": "Emails that the app sends, one to each chosen user, at the pace that the mail service allows.",
    "Reports": "Reports by email, of one tenant or of all: when, to whom, and what was sent.",
    "Mails": "Templates, their wording, branding, and in which language and to which address emails go.",
}

_SIGN_IN = """\
Microsoft Entra ID, in the partner's own tenant. Each operation names the app role that it needs: `Reader`, `Operator` \
or `Admin`; a higher role may do everything that a lower one may. The roles are in the token's claim `roles`, they are \
no scopes: a program asks for a token with the scope `api://<client id of the sign-in registration>/.default` and \
sends it as `Authorization: Bearer`; people sign in with a browser."""


@cache
def document(app: FastAPI) -> Json:
    """The OpenAPI document of this application."""
    services: Services = app.state.services
    terms = services.terms
    made = get_openapi(
        title="sspr-manager",
        version=VERSION,
        description="SSPR registration of every customer tenant: status, history, operation. Bodies need a "
        "Content-Length: the platform drops one that comes in chunks, which is answered with 411, `length_required`.",
        routes=app.routes,
        tags=[{"name": name, "description": description} for name, description in _TAGS.items()],
        servers=[{"url": terms.public_url or "/"}],
        contact=_contact(terms),
        license_info={"name": "MIT", "identifier": "MIT"},
    )
    made["components"]["schemas"]["ProblemShape"] = ProblemShape.model_json_schema()
    made["components"]["securitySchemes"] = {SIGN_IN: _sign_in(terms)}
    by_shape = examples(terms, services.post.numbers)
    for methods in made["paths"].values():
        for operation in methods.values():
            if "requestBody" in operation:
                answers = operation["responses"] | {"411": declared(length_required())}
                operation["responses"] = dict(sorted(answers.items()))
            operation["description"] += f"\n\n{_role(operation)}"
            for answer in operation["responses"].values():
                if content := answer["content"].get("application/json"):
                    content["example"] = by_shape[content["schema"]["$ref"].rsplit("/", 1)[1]]
    return made


def _contact(terms: OperatingLimits) -> dict[str, str]:
    who = {"name": "The administrators of this installation"}
    return who | {"url": terms.public_url} if terms.public_url else who


def _sign_in(terms: OperatingLimits) -> Json:
    issuer = f"{terms.authority}/{terms.partner_tenant_id}/v2.0"
    return {
        "type": "openIdConnect",
        "openIdConnectUrl": f"{issuer}/.well-known/openid-configuration",
        "description": _SIGN_IN,
    }


def _role(operation: Json) -> str:
    """A sentence for readers and tools that do not look at the security requirement. Raises for an open operation."""
    [role] = [role for requirement in operation["security"] for role in requirement[SIGN_IN]]
    return f"Needs the role {role}."
