"""`python -m bench.load_app FOLDER`: loads one app through the worker library, and prints how many functions it has."""

import asyncio
import json
import os
import sys
from pathlib import Path

from dev.host.worker import load


def main(folder: str) -> None:
    count = len(asyncio.run(load(Path(folder))))
    print(json.dumps({"functions": count}), file=sys.__stdout__, flush=True)
    os._exit(0)  # without waiting for the library's threads


if __name__ == "__main__":
    main(sys.argv[1])
