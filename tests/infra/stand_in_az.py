"""`az` as the scripts use it: who is signed in, and enough of Microsoft Graph to be wrong about. State in $AZ_STATE.

Imports little, because it is started a dozen times for each run of a script.
"""

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

STATE = os.environ["AZ_STATE"]
GRAPH = "https://graph.microsoft.com/v1.0/"
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
    """As many entries as fit on one, and where the next is."""
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


def rest(state: Json) -> Json | None:
    url, method = option("--url"), option("--method")
    if not url.startswith(GRAPH) or set("&%()<>|^") & set(url):  # which cmd.exe takes for its own
        refuse("BadUrl", url)
    path = url.removeprefix(GRAPH)
    if method == "get":
        if path == "me":
            return {"id": "my-id"}
        return page(state, url, matching(items(state, path), condition()))
    state["writes"] = [*state.get("writes", []), f"{method} {path}"]
    if state.get("refuse_writes"):
        code, message = state["refuse_writes"].pop(0)
        write(state)
        refuse(code, message)
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
    elif sys.argv[1] == "rest":
        answer = rest(state)
        print("" if answer is None else json.dumps(answer))
    elif sys.argv[1:3] == ["env", "set"]:  # called by the name of azd
        state.setdefault("azd", {})[sys.argv[3]] = sys.argv[4]
    else:
        sys.exit(f"ERROR: '{said}' is misspelled or not recognized by the system.")
    write(state)


main()
