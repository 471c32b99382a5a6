"""The zip for Azure: its content, that it is reproducible, and that it runs."""

import os
import platform
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import pytest

from dev.azurite import ROOT
from dev.bootstrap import PACKAGES
from dev.commands.package import told
from dev.package import contents
from dev.package.build import NoPackages, Package, build
from tests.conftest import an_azurite
from tests.e2e.conftest import Product, host_arguments, wait_until
from tests.local_stack import ask, child, simulated_cloud

ON_LINUX = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="what goes to Azure runs on Linux on x86-64"
)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    return build(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def unpacked(package: Package, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("app")
    with zipfile.ZipFile(package.file) as archive:
        archive.extractall(folder)
    return folder


def environment(unpacked: Path) -> dict[str, str]:
    """The app and its packages from the zip; the local host, which the zip lacks, from the project."""
    path = [unpacked, unpacked / contents.SITE, ROOT]
    return {"PYTHONPATH": ":".join(map(str, path)), "PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_app_goes_along_and_nothing_else_of_the_project(package: Package) -> None:
    with zipfile.ZipFile(package.file) as archive:
        names = [PurePosixPath(one) for one in archive.namelist()]

    ours = {one for one in names if not one.is_relative_to(contents.SITE) and one.suffix != ".pyc"}
    assert {one.parts[0] for one in ours} == {"function_app.py", "host.json", "requirements.txt", "sspr_core"}
    assert PurePosixPath("sspr_core/web/static/app.css") in ours
    assert not [one for one in names if one.name.startswith("local.settings")]


@pytest.mark.parametrize(
    ("path", "stays"),
    [
        ("tests/e2e/test_package.py", True),
        ("README.md", True),
        ("sspr_core/web/VENDORED.md", False),
        (".mypy_cache/x.json", True),
        ("sspr_core/__pycache__/x.cpython-313.pyc", True),
        ("sspr_core/settings/environment.py", False),
    ],
)
def test_what_funcignore_names_stays_here(path: str, stays: bool) -> None:
    rules = [line for line in (ROOT / ".funcignore").read_text().splitlines() if line and line[0] != "#"]

    assert contents.stays_here(PurePosixPath(path), rules) is stays


def test_of_graph_only_what_the_app_asks_for_goes_along() -> None:
    used = [
        "msgraph/__init__.py",
        "msgraph/generated/users/users_request_builder.py",
        "msgraph/generated/models/o_data_errors/inner_error.py",
        "fastapi/routing.py",
    ]

    assert all(contents.is_used(PurePosixPath(one)) for one in used)
    assert not contents.is_used(PurePosixPath("msgraph/generated/models/user.py"))


def test_the_same_files_make_the_same_bytes_in_another_folder_at_another_time(tmp_path: Path) -> None:
    """With three packages only; a full build takes as long as all other tests here."""
    for name in ("one", "another", "site"):
        (tmp_path / name).mkdir()
    for name in ("msgspec", "jinja2", "fastapi"):
        shutil.copytree(PACKAGES / name, tmp_path / "site" / name)

    one = build(tmp_path / "one", tmp_path / "site").file.read_bytes()
    for file in (tmp_path / "site").rglob("*.py"):
        os.utime(file, (1_000_000_000, 1_000_000_000))
    another = build(tmp_path / "another", tmp_path / "site").file.read_bytes()

    assert one == another


def test_it_stays_small_and_says_what_is_large_in_it(package: Package) -> None:
    assert package.size < 40_000_000
    lines = told(package).splitlines()
    assert "cryptography" in lines[2]
    assert len(lines) == 12


def test_without_the_set_up_it_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(NoPackages, match=r"bootstrap\.py package"):
        build(tmp_path, tmp_path / "none")


@ON_LINUX
def test_every_import_of_the_app_is_in_it(unpacked: Path) -> None:
    """Without the packages of this project's environment, which would hide missing ones."""
    code = (
        f"import sys; sys.path[:0] = [{str(unpacked)!r}, {str(unpacked / contents.SITE)!r}];"
        "import importlib, pathlib, function_app;"
        f"files = pathlib.Path({str(unpacked)!r}).glob('sspr_core/**/*.py');"
        f"names = ['.'.join(one.relative_to({str(unpacked)!r}).with_suffix('').parts) for one in files];"
        "[importlib.import_module(one.removesuffix('.__init__')) for one in names];"
        "print(len(names), [n for n, m in sys.modules.items() if 'site-packages' in (getattr(m, '__file__', '') or '')"
        " and '.python_packages' not in m.__file__])"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    count, elsewhere = done.stdout.strip().split(" ", 1)
    assert (int(count) > 100, elsewhere) == (True, "[]")


@pytest.fixture(scope="module")
def product(unpacked: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The app from the zip, in the local host."""
    folder = tmp_path_factory.mktemp("product")
    with (
        an_azurite() as azurite,
        simulated_cloud(folder, "--tenants", "40", "--users", "20", "--seed", "3") as cloud,
    ):
        settings = cloud.settings(azurite.connection) | environment(unpacked)
        arguments = [*host_arguments(folder), "--app", str(unpacked)]
        with child("dev.host", arguments, folder / "host.log", settings) as host:
            yield Product(azurite, cloud, host, folder)


WORDS = {
    "consent_missing": "consent_missing",
    "permission_missing": "permission_missing",
    "conditional_access": "blocked",
    "gone": "tenant_gone",
    "wrong_tenant": "wrong_tenant",
    "html_502": "unavailable",
    "truncated": "unavailable",
    "foreign_next_link": "other",
    "throttled_long": "throttled",
}  # every kind of error that the SDK models, so that none may be missing


@ON_LINUX
def test_it_reads_every_kind_of_tenant_in_the_local_host(product: Product, unpacked: Path) -> None:
    assert ask(product.url, "/healthz", role=None) == {"status": "ok"}
    product.fire("discover_tenants")
    product.fire("schedule_snapshots")
    wait_until(
        lambda: all(one["lifecycle"] != "in_process" or one["problem"] for one in product.tenants().values()),
        "every tenant has come in or has a problem",
        120,
    )

    tenants = product.tenants()
    found = {special: tenants[product.cloud.special(special)]["problem"]["word"] for special in WORDS}
    assert found == WORDS
    assert sum(one["lifecycle"] == "active" for one in tenants.values()) > 20
    assert product.get("overview")["totals"]["population_count"] > 0
    assert "ModuleNotFoundError" not in product.host.log.read_text()
