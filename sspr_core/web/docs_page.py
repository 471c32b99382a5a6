"""The API's description as a page to read, made from the same OpenAPI document; no script, nothing from elsewhere."""

from html import escape
from typing import Any

from sspr_core.web.static_files import static_url

type Json = dict[str, Any]


def frame(title: str, body: str) -> str:
    """A page of this app."""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><link rel="icon" href="{static_url("favicon.svg")}">'
        f'<link rel="stylesheet" href="{static_url("app.css")}">'
        f'<link rel="stylesheet" href="{static_url("docs.css")}"></head>'
        '<body><header class="suite"><a class="name" href="/">sspr-manager</a></header>'
        f'<main class="docs">{body}</main></body></html>'
    )


def docs_page(document: Json, base_url: str) -> str:
    """All operations with parameters, answers and a curl line each."""
    operations = [
        (method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    contents = "".join(
        f'<li><a href="#{operation["operationId"]}"><code>{method} {escape(path)}</code></a></li>'
        for method, path, operation in operations
    )
    sections = "".join(_section(*one, base_url) for one in operations)
    return frame(
        "API · sspr-manager",
        f'<h1>API</h1><p class="quiet">Version {escape(document["info"]["version"])}. The same as '
        f'<a href="/api/v1/openapi.json">OpenAPI document</a>. Problems are <code>application/problem+json</code> '
        f"with a stable <code>code</code> and the <code>field</code> at fault.</p>"
        f'<nav aria-label="Operations"><ul>{contents}</ul></nav>{sections}',
    )


def _section(method: str, path: str, operation: Json, base_url: str) -> str:
    name = escape(f"{method} {path}")
    return (
        f'<section id="{operation["operationId"]}"><h2><span class="method">{method}</span> '
        f"<code>{escape(path)}</code></h2><p>{escape(operation.get('description', ''))}</p>"
        f"{_parameters(name, operation.get('parameters', []))}"
        f"<pre {_scrolls(f'curl for {name}')}>{escape(_curl(method, path, operation, base_url))}</pre>"
        f"{_answers(name, operation['responses'])}</section>"
    )


def _scrolls(label: str) -> str:
    """What can be too wide for a phone is reached, named and scrolled with the keyboard too."""
    return f'class="scroll" tabindex="0" role="region" aria-label="{label}"'


def _parameters(operation: str, parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(_kind(one['schema']))}</td>"
        f"<td>{escape(one.get('description') or one['schema'].get('description', ''))}</td></tr>"
        for one in parameters
    )
    return (
        f"<div {_scrolls(f'Parameters of {operation}')}><table><thead><tr>"
        f"<th>Parameter</th><th>Values</th><th>Meaning</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _kind(schema: Json) -> str:
    if "anyOf" in schema:
        return " or ".join(kind for one in schema["anyOf"] if (kind := _kind(one)) != "null")
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    return ", ".join(str(value) for value in values) if values else str(schema.get("type", ""))


def _curl(method: str, path: str, operation: Json, base_url: str) -> str:
    tenant = "6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"
    line = f'curl -H "Authorization: Bearer $TOKEN" {base_url}{path.replace("{tenant_id}", tenant)}'
    content = operation.get("requestBody", {}).get("content", {})
    if "text/csv" in content:
        return f'{line} -H "Content-Type: text/csv" --data-binary @tenants.csv'
    if "application/json" in content:
        return f"{line} -X {method} --json '{{…}}'"
    return line if method == "GET" else f"{line} -X {method}"


def _answers(operation: str, responses: Json) -> str:
    rows = "".join(
        f"<tr><td>{escape(status)}</td><td>{escape(answer['description'])}</td></tr>"
        for status, answer in responses.items()
    )
    return (
        f"<div {_scrolls(f'Answers of {operation}')}><table><thead><tr>"
        f"<th>Status</th><th>When</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
