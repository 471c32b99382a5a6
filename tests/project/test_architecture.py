"""The drawing of imports in docs/architecture.md matches the code and its import contracts."""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator

import grimp

from tests.local_stack import ROOT

DRAWING = re.search(r"```mermaid\nflowchart TD\n(.*?)```", (ROOT / "docs/architecture.md").read_text(), re.DOTALL)[1]
NODES = {name: tuple(label.split(" · ")) for name, label in re.findall(r'^ +(\w+)\["(.+)"\]$', DRAWING, re.MULTILINE)}
ARROWS = set(re.findall(r"^ +(\w+) --> (\w+)$", DRAWING, re.MULTILINE))
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]


def of_contract(text: str) -> set[str]:
    """The nodes of modules that a contract names."""
    return {name for module in text.split(" | ") for name, parts in NODES.items() if short(module) in parts}


def short(module: str) -> str:
    return module.removeprefix("sspr_core.")


def layers() -> list[set[str]]:
    [contract] = [one for one in CONTRACTS if one["type"] == "layers"]
    return [of_contract(layer) for layer in contract["layers"]]


def imports() -> Iterator[tuple[str, str]]:
    """Every import between two parts of the app, as module names."""
    graph = grimp.build_graph("sspr_core", cache_dir=None)
    for module in graph.modules:
        for other in graph.find_modules_directly_imported_by(module):
            yield module, other
    for node in ast.walk(ast.parse((ROOT / "function_app.py").read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sspr_core."):
            yield "sspr_core.function_app", str(node.module)


def drawn(pairs: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    node_of = {part: name for name, parts in NODES.items() for part in parts}
    parts = {(one.split(".")[1], other.split(".")[1]) for one, other in pairs if "." in one and "." in other}
    return {(node_of[one], node_of[other]) for one, other in parts if node_of[one] != node_of[other]}


def importers(package: str) -> set[str]:
    """The modules of the app that import a package from outside."""
    graph = grimp.build_graph("sspr_core", include_external_packages=True, cache_dir=None)
    return graph.find_modules_that_directly_import(package)


def test_one_module_alone_knows_httpx_so_that_another_client_of_kiota_changes_one_file() -> None:
    assert importers("httpx") == {"sspr_core.adapters.graph.transport"}


def test_every_arrow_is_an_import_and_every_import_an_arrow() -> None:
    assert drawn(imports()) == ARROWS


def test_every_part_of_the_app_is_drawn_once() -> None:
    parts = {
        path.stem for path in (ROOT / "sspr_core").iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    labels = [part for parts in NODES.values() for part in parts]

    assert sorted(labels) == sorted({*parts, "function_app"} - {"__init__"})


def test_arrows_lead_down_the_layers_of_the_contract_and_never_up() -> None:
    level = {name: number for number, names in enumerate(layers()) for name in names}

    assert all(names for names in layers())
    for one, other in ARROWS:
        if one in level and other in level:
            assert level[one] < level[other], (one, other)


def test_what_a_contract_forbids_is_not_drawn() -> None:
    for contract in (one for one in CONTRACTS if one["type"] == "forbidden"):
        sources = {name for one in contract["source_modules"] for name in of_contract(one)}
        forbidden = {name for one in contract["forbidden_modules"] for name in of_contract(one)}
        if contract["source_modules"] != ["sspr_core"]:
            assert not ARROWS & {(one, other) for one in sources for other in forbidden}, contract["name"]
    assert not [one for one in ARROWS if one[1] == "function_app"]
