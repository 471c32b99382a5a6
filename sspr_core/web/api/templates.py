"""Templates of mails: what there is, how it looks, own words."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from sspr_core.mail.brand_settings import set_words, terms_in_force, words_in_force
from sspr_core.mail.languages import TEMPLATES
from sspr_core.mail.responses import sample_view, templates_view, words_view
from sspr_core.mail.template_sample import Kind, sample, sample_file
from sspr_core.model.errors import Conflict, NotFound
from sspr_core.web.caller import scope_of
from sspr_core.web.dependencies import Now, Operator, Reader, TheWorld, as_json
from sspr_core.web.downloads import attached_as
from sspr_core.web.openapi import shapes
from sspr_core.web.openapi.answers import answers
from sspr_core.web.problems import RequestRefused
from sspr_core.web.requests.mail import PreviewBody, TemplateQuery, WordsBody, WordsQuery, WordsVersionQuery
from sspr_core.web.requests.queries import NoQuery

router = APIRouter(prefix="/api/v1/templates", tags=["Mails"])

KINDS = {Kind.HTML: "text/html", Kind.TEXT: "text/plain", Kind.EML: "message/rfc822"}

TheTemplate = Annotated[str, Path(alias="template", description="The template's id", examples=["register_now"])]


def _changed() -> RequestRefused:
    return RequestRefused(409, "changed_meanwhile", "Somebody else has saved these words; look at theirs first.")


@router.get("", response_model=None, responses=answers(shapes.TemplatesShape, 422))
async def list_templates(services: TheWorld, caller: Reader, _query: Annotated[NoQuery, Query()]) -> Response:
    """The templates with their names, the languages, and the placeholders that own words may have."""
    return as_json(templates_view(await terms_in_force(services.own, scope_of(caller), None)))


@router.get(
    "/{template}",
    response_model=None,
    responses=answers(shapes.SampleShape, 404, 422, files=list(KINDS.values())),
)
async def get_template(
    services: TheWorld, caller: Reader, template: TheTemplate, query: Annotated[TemplateQuery, Query()]
) -> Response:
    """A template with a tenant's branding and words, as JSON or as a file; `eml` opens as a draft to nobody yet."""
    made = await sample(
        template, scope_of(caller), services.tenants, services.own, tenant=query.tenant_id, language=query.language
    )
    if query.format == "json":
        return as_json(sample_view(made))
    name, content = sample_file(made, query.format)
    return Response(content, headers=attached_as(name), media_type=KINDS[query.format])


@router.post("/{template}/preview", response_model=None, responses=answers(shapes.SampleShape, 404, 422))
async def preview_template(
    services: TheWorld,
    caller: Reader,
    template: TheTemplate,
    body: PreviewBody,
    _query: Annotated[NoQuery, Query()],
) -> Response:
    """The same with words and branding that are not saved, checked as saving would; saves nothing."""
    made = await sample(
        template,
        scope_of(caller),
        services.tenants,
        services.own,
        tenant=body.tenant_id,
        language=body.language,
        words=body.words.words() if body.words else None,
        branding=body.branding.branding() if body.branding else None,
    )
    return as_json(sample_view(made))


@router.get("/{template}/words", response_model=None, responses=answers(shapes.WordsShape, 404, 422))
async def get_words(
    services: TheWorld, caller: Reader, template: TheTemplate, query: Annotated[WordsVersionQuery, Query()]
) -> Response:
    """A tenant's own words, now or in an earlier version, and beside them what is in force with these."""
    scope, tenant = scope_of(caller), query.tenant_id
    if template not in TEMPLATES:
        raise NotFound(template)
    if tenant:
        await services.tenants.get(scope, tenant)
    words = await services.own.words(scope, tenant, template, query.language, version=query.version)
    in_force = await words_in_force(services.own, scope, tenant, template, query.language, instead=words)
    return as_json(words_view(tenant, template, query.language, words, in_force))


@router.put(
    "/{template}/words", response_model=None, responses=answers(shapes.WordsShape, 404, 422, refused=_changed())
)
async def put_words(
    services: TheWorld,
    caller: Operator,
    template: TheTemplate,
    *,
    now: Now,
    body: WordsBody,
    query: Annotated[WordsQuery, Query()],
) -> Response:
    """Set a tenant's own words, as a new version; earlier ones stay as they are."""
    scope, tenant = scope_of(caller), query.tenant_id
    if template not in TEMPLATES:
        raise NotFound(template)
    try:
        words = await set_words(
            body.words(),
            scope,
            services.tenants,
            services.own,
            tenant=tenant,
            template=template,
            language=query.language,
            version=body.version,
            by=caller.name,
            now=now,
        )
    except Conflict as error:
        raise _changed() from error
    in_force = await words_in_force(services.own, scope, tenant, template, query.language, instead=words)
    return as_json(words_view(tenant, template, query.language, words, in_force))
