"""The API's description as a page to read, made from the same OpenAPI document; no script, nothing from elsewhere."""

from typing import Any

from sspr_core.web.pages.render import environment

type Json = dict[str, Any]

_A_TENANT = "6f1c5ff5-9d2e-4a6b-8a51-1f8f3e5f7a10"


def docs_page(document: Json, base_url: str) -> str:
    """All operations with parameters, answers and a curl line each."""
    operations = [
        _operation(method.upper(), path, operation, base_url)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    page = environment().get_template("api_docs.html")
    return page.render(version=document["info"]["version"], operations=operations)


def _operation(method: str, path: str, operation: Json, base_url: str) -> Json:
    return {
        "id": operation["operationId"],
        "method": method,
        "path": path,
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": one["name"],
                "kind": _kind(one["schema"]),
                "meaning": one.get("description") or one["schema"].get("description", ""),
            }
            for one in operation.get("parameters", [])
        ],
        "curl": _curl(method, path, operation, base_url),
        "answers": [(status, answer["description"]) for status, answer in operation["responses"].items()],
    }


def _kind(schema: Json) -> str:
    if "anyOf" in schema:
        return " or ".join(kind for one in schema["anyOf"] if (kind := _kind(one)) != "null")
    if "$ref" in schema:
        return str(schema["$ref"].rsplit("/", 1)[1])
    values = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    return ", ".join(str(value) for value in values) if values else str(schema.get("type", ""))


def _curl(method: str, path: str, operation: Json, base_url: str) -> str:
    line = f'curl -H "Authorization: Bearer $TOKEN" {base_url}{path.replace("{tenant_id}", _A_TENANT)}'
    content = operation.get("requestBody", {}).get("content", {})
    if "text/csv" in content:
        return f'{line} -H "Content-Type: text/csv" --data-binary @tenants.csv'
    if "application/json" in content:
        return f"{line} -X {method} --json '{{…}}'"
    return line if method == "GET" else f"{line} -X {method}"
