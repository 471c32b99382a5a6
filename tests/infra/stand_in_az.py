"""A fake `az` for the scripts: the signed-in user, and enough of Microsoft Graph to find mistakes. State in $AZ_STATE.

Imports little, because each run of a script starts it a dozen times.
"""

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

STATE = os.environ["AZ_STATE"]
GRAPH = "https://graph.microsoft.com/v1.0/"
MANAGEMENT = "https://management.azure.com"
type Json = dict[str, Any]


def refuse(code: str, message: str) -> "NoReturn":
    sys.exit(f'ERROR: Bad Request({{"error":{{"code":"{code}","message":"{message}"}}}})')


def read(file: str) -> Json:
    with open(file, encoding="utf-8") as opened:  # noqa: PTH123
        content: Json = json.load(opened)
    return content


def write(state: Json) -> None:
    with open(STATE, "w", encoding="utf-8") as opened:  # noqa: PTH123
        json.dump(state, opened)


def option(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else ""


def items(state: Json, path: str) -> list[Json]:
    found: list[Json] = state.setdefault(path, [])
    return found


def matching(found: list[Json], asked: str) -> list[Json]:
    if not asked:
        return found
    name, operator, value = asked.removeprefix("$filter=").split(" ", 2)
    if operator != "eq" or name not in ("displayName", "appId", "userPrincipalName", "clientId"):
        refuse("Request_UnsupportedQuery", asked)
    text = value.removeprefix("'").removesuffix("'")
    if "'" in text.replace("''", ""):
        refuse("BadRequest", f"Syntax error in {asked}")
    return [one for one in found if one.get(name) == text.replace("''", "'")]


def condition() -> str:
    return next((word for word in sys.argv if word.startswith("$filter=")), "")


def page(state: Json, url: str, found: list[Json]) -> Json:
    """One page of entries, and the link to the next."""
    begin = next((int(word.partition("=")[2]) for word in sys.argv if word.startswith("$skiptoken=")), 0)
    end = begin + state.get("page_size", 100)
    answer: Json = {"value": found[begin:end]}
    if end < len(found):
        answer["@odata.nextLink"] = f"{url}?{condition()}&$skiptoken={end}"
    return answer


def merge(into: Json, change: Json) -> None:
    for name, value in change.items():
        if isinstance(value, dict) and isinstance(into.get(name), dict):
            merge(into[name], value)
        else:
            into[name] = value


def post(state: Json, path: str, body: Json) -> Json:
    fresh = {"id": os.urandom(16).hex(), **body}
    if path == "applications":
        fresh = {"appId": os.urandom(16).hex(), "identifierUris": [], "web": {"redirectUris": []}, **fresh}
    if path == "servicePrincipals" and not matching(items(state, "applications"), f"appId eq '{body['appId']}'"):
        refuse("Request_BadRequest", "The appId does not reference a valid application object.")
    if path.endswith("appRoleAssignments") and body["appRoleId"] in [one["appRoleId"] for one in items(state, path)]:
        refuse("Request_BadRequest", "Permission being assigned already exists on the object")
    items(state, path).append(fresh)
    return fresh


def refuse_if_told(state: Json, kind: str) -> None:
    if state.get(kind):
        code, message = state[kind].pop(0)
        write(state)
        refuse(code, message)


def assigned_to(state: Json, resource: str) -> list[Json]:
    """The appRoleAssignments from the other side: who holds a role of the resource."""
    names = {one["id"]: one.get("displayName") for one in state["servicePrincipals"]}
    found = []
    for path, assignments in state.items():
        kind, _, rest_of_path = path.partition("/")
        holder, _, what = rest_of_path.partition("/")
        if what == "appRoleAssignments":
            for one in assignments:
                if one["resourceId"] == resource:
                    kind_of_principal = "ServicePrincipal" if kind == "servicePrincipals" else "User"
                    found.append({
                        "principalId": holder, "principalType": kind_of_principal, "appRoleId": one["appRoleId"],
                        "principalDisplayName": names.get(holder),
                    })  # fmt: skip
    return found


def azure(state: Json, said: str) -> Json | list[Json] | str | None:
    """A function app whose functions Azure knows only after a sync, as `after_sync` says."""
    if "function list" in said:
        return [{"name": f"func-x/{name}"} for name in state["functions"]]
    if "functionapp show" in said:
        return "/subscriptions/s/func-x"
    state["asked"] = [*state.get("asked", []), option("--url").partition("?")[0].removeprefix(MANAGEMENT)]
    if error := state.get("refuse_sync", {}).get(state["asked"][-1].rpartition("/")[2]):
        write(state)
        refuse("Conflict", error)
    state["functions"] = state.get("after_sync", state["functions"])
    return None


def resources(state: Json, group: str, kind: str) -> list[str]:
    """The names of the resources of a kind in an existing group."""
    if group not in state.get("groups", {}):
        refuse("ResourceGroupNotFound", f"Resource group '{group}' could not be found.")
    return [name for name, its_kind in state["groups"][group].items() if its_kind == kind]


def rest(state: Json) -> Json | None:
    url, method = option("--url"), option("--method")
    if not url.startswith(GRAPH) or set("&%()<>|^") & set(url):  # which cmd.exe would interpret
        refuse("BadUrl", url)
    path = url.removeprefix(GRAPH)
    if method == "get":
        if path == "me":
            return {"id": "my-id"}
        refuse_if_told(state, "refuse_reads")
        if path.endswith("/appRoleAssignedTo"):
            return page(state, url, assigned_to(state, path.split("/")[1]))
        kind, _, one_id = path.rpartition("/")
        if one := [one for one in state.get(kind, []) if one["id"] == one_id]:
            return dict(one[0])
        return page(state, url, matching(items(state, path), condition()))
    state["writes"] = [*state.get("writes", []), f"{method} {path}"]
    refuse_if_told(state, "refuse_writes")
    body = read(option("--body").removeprefix("@"))
    if method == "post":
        return post(state, path, body)
    kind, _, one_id = path.rpartition("/")
    [found] = [one for one in items(state, kind) if one["id"] == one_id]
    merge(found, body)
    return None


def main() -> None:
    state = read(STATE)
    said = " ".join(sys.argv[1:])
    for words, content in state.get("answers", {}).items():
        if words in said:
            print(json.dumps(content))
            return
    if sys.argv[1:3] == ["account", "show"]:
        print(json.dumps({"tenantId": state["tenant"]}))
    elif sys.argv[1:3] == ["resource", "list"]:
        refuse_if_told(state, "refuse_resources")
        print(json.dumps(resources(state, option("--resource-group"), option("--resource-type"))))
    elif sys.argv[1] == "functionapp" or option("--url").startswith(MANAGEMENT):
        found = azure(state, said)
        print("" if found is None else found if isinstance(found, str) else json.dumps(found))
    elif sys.argv[1] == "rest":
        answer = rest(state)
        print("" if answer is None else json.dumps(answer))
    elif sys.argv[1:3] == ["env", "set"]:  # called under the name azd
        if sys.argv[3] not in state.get("azd_forgets", []):
            state.setdefault("azd", {})[sys.argv[3]] = sys.argv[4]
    elif sys.argv[1:3] == ["env", "get-values"]:
        print(json.dumps(state.get("azd", {})))
    else:
        sys.exit(f"ERROR: '{said}' is misspelled or not recognized by the system.")
    write(state)


main()
