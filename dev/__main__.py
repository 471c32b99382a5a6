"""`python -m dev`: the local stack."""

import argparse
import sys

from dev.commands import backup, demo, forget, others, package, requeue
from dev.processes import exit_with_caller
from dev.surroundings import reach_this_machine


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m dev", description="sspr-manager on this machine, without Azure")
    parser.set_defaults(takes_more=False)
    parsers = parser.add_subparsers(required=True, metavar="COMMAND")
    demo.add(parsers)
    others.add(parsers)
    package.add(parsers)
    requeue.add(parsers)
    backup.add(parsers)
    forget.add(parsers)
    chosen, more = parser.parse_known_args(arguments)
    if more and not chosen.takes_more:
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    chosen.rest = more
    code: int = chosen.run(chosen)
    return code


if __name__ == "__main__":
    exit_with_caller()
    reach_this_machine()
    sys.exit(main(sys.argv[1:]))
