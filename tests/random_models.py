#!/usr/bin/env python3
"""Compares the program with real Keras on random models: see random_models/README.md.

    python3 tests/random_models.py --seeds 0:500 --keras 2|3 --program PATH [--device cuda] [--cases DIR] [--venvs DIR]
"""

import argparse
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "cases")]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="0:100", help="first:last, without the last")
    parser.add_argument("--keras", choices=("2", "3"), default="3")
    parser.add_argument("--program", help="keraunos, or keraunos-standin; without one the models are only made")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--cases", type=Path, default=HERE.parent / "build" / "random_models", help="kept: made once")
    parser.add_argument("--venvs", type=Path, default=HERE.parent / ".venv-oracles")
    parser.add_argument("--names", action="store_true", help="only check that no public name is forgotten")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def seeds_of(text):
    first, last = text.split(":")
    return range(int(first), int(last))


def make(arguments):
    """Runs in the virtual environment of the oracle, which generate.py installs if it does not exist."""
    generate = runpy.run_path(HERE / "cases" / "generate.py")  # not imported, because a package of the same name exists
    python = generate["environment"](arguments.venvs, *generate["ORACLES"][arguments.keras])
    line = [python, __file__, "--inside", "--seeds", arguments.seeds, "--keras", arguments.keras, "--cases", arguments.cases]
    line += ["--names"] if arguments.names else []
    return subprocess.run(line, env={**os.environ, "PYTHONHASHSEED": "0"}).returncode


def main():
    arguments = parse_arguments()
    arguments.cases.mkdir(parents=True, exist_ok=True)
    if arguments.inside and arguments.names:
        from random_models.names import say_complaints

        return say_complaints()
    if arguments.inside:
        from random_models.record import record_all

        return record_all(seeds_of(arguments.seeds), arguments.cases)
    if make(arguments) != 0:
        sys.exit("There are names that nobody knows." if arguments.names else "The models could not be made.")
    if arguments.program and not arguments.names:
        from random_models.report import report

        return report(arguments.program, arguments.cases, f"k{arguments.keras}", seeds_of(arguments.seeds), arguments.device)


if __name__ == "__main__":
    sys.exit(main())
