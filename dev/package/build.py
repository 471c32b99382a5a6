"""Builds the zip: the same files give the same bytes, at any time and on any machine."""

import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dev.azurite import ROOT
from dev.bootstrap import PACKAGES
from dev.package.contents import SITE, app_files, package_files

_ALWAYS = (1980, 1, 1, 0, 0, 0)  # zip's first day: file times do not count


class NoPackages(Exception):
    """The set-up has not downloaded the packages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The zip, and the bytes that each of its packages takes."""

    file: Path
    file_count: int
    size: int
    unpacked_size: int
    by_package: Counter[str]


def build(folder: Path, site: Path = PACKAGES) -> Package:
    """Writes `sspr-manager.zip` into the folder. Raises NoPackages."""
    if not site.is_dir():
        raise NoPackages(f"{site} is not there: run `python3 dev/bootstrap.py package`, which fetches it first")
    stage = folder / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    for path in app_files():
        _put(ROOT / path, stage / path)
    for path in package_files(site):
        _put(site / path, stage / SITE / path)
    compile_all(stage)
    return _zipped(stage, folder / "sspr-manager.zip")


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def compile_all(stage: Path) -> None:
    """Bytecode beside every module: without it, each cold start takes a second longer.

    It is not checked against the module's time, which a zip does not keep as Python needs it.
    """
    command = [sys.executable, "-I", "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, "-s", str(stage), str(stage)], check=True)


def _zipped(stage: Path, file: Path) -> Package:
    by_package: Counter[str] = Counter()
    sizes: list[int] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for one in sorted(one for one in stage.rglob("*") if one.is_file()):
            path = PurePosixPath(one.relative_to(stage).as_posix())
            entry = zipfile.ZipInfo(str(path), _ALWAYS)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16  # Unix: readable by all
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, one.read_bytes())
            by_package[package_of(path)] += entry.compress_size
            sizes.append(entry.file_size)
    return Package(
        file=file,
        file_count=len(sizes),
        size=file.stat().st_size,
        unpacked_size=sum(sizes),
        by_package=by_package,
    )


def package_of(path: PurePosixPath) -> str:
    """The import package that a file belongs to; the app itself is `sspr_core`."""
    if not path.is_relative_to(SITE):
        return path.parts[0]
    return path.relative_to(SITE).parts[0].split("-")[0].removesuffix(".py")
