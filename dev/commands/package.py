"""`package`."""

import argparse
import sys
from pathlib import Path

from dev.azurite import ROOT
from dev.package.build import NoPackages, Package, build
from dev.surroundings import here

_LARGEST = 10


def add(parsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    package = parsers.add_parser("package", help="the zip that Azure runs, ready to deploy without a build there")
    package.add_argument("--folder", type=here, default=ROOT / ".local" / "package", help="where it is built")
    package.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    folder: Path = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        print(told(build(folder)))
    except NoPackages as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def told(package: Package) -> str:
    lines = [
        f"{package.file}: {_mb(package.size)}, {package.file_count:,} files, {_mb(package.unpacked_size)} unpacked",
        "the largest packages in it:",
    ]
    lines += [f"  {_mb(size):>8}  {name}" for name, size in package.by_package.most_common(_LARGEST)]
    return "\n".join(lines)


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
