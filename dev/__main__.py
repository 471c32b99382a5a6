"""`python -m dev`: the local stack."""

import argparse
import sys

from dev.commands import demo, others


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m dev", description="sspr-manager on this machine, without Azure")
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    demo.add(parsers)
    others.add(parsers)
    chosen = parser.parse_args(arguments)
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
