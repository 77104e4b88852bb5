#!/usr/bin/env python3
"""Writes docs/coverage.md from what the program supports, Keras's public names and the recorded cases.

scripts/coverage.py build/keraunos            writes it
scripts/coverage.py build/keraunos --check    fails when it is out of date
"""

import collections
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
DATA = ROOT / "tests/data/keras"
DOCUMENT = ROOT / "docs/coverage.md"


def cases_by_class():
    counts = collections.Counter()
    for path in sorted((ROOT / "tests/cases").glob("*/case.json")):
        case = json.loads(path.read_text())
        if "expect_error" not in case:
            counts.update(set(case.get("classes", [])))
    return counts


def reasons():
    lines = (DATA / "not_covered.txt").read_text().splitlines()
    return {name: reason for name, reason in (line.split(": ", 1) for line in lines)}


def names(version, kind):
    return json.loads((DATA / f"public_names_k{version}.json").read_text()).get(kind, [])


def table(kind, all_names, supported, counts, why):
    covered = [name for name in all_names if name in supported]
    lines = [f"{len(covered)} of {len(all_names)} are covered.", "", "| name | |", "|---|---|"]
    for name in all_names:
        cases = f"covered, {counts[name]} recorded cases" if counts[name] else "covered"
        lines.append(f"| {name} | {cases if name in supported else why[f'{kind} {name}']} |")
    return lines


def document(supported):
    counts, why = cases_by_class(), reasons()
    layers = sorted({*names(2, "layers"), *names(3, "layers")})
    lines = ["# What is covered", "", "`scripts/coverage.py` writes this page; the test `coverage` fails when it is out of date.",
             "Recorded cases are folders of `tests/cases` whose model contains the class; they are counted under one name of a class, not under its aliases.", ""]
    lines += ["## Layers of Keras 2.15 and 3.15", "", *table("layer", layers, set(supported["layers"]), counts, why), ""]
    lines += ["## Operations of keras.ops 3.15", ""]
    lines += [*table("operation", names(3, "operations"), set(supported["operations"]), counts, why), ""]
    lines += ["## Functions of TensorFlow in nodes of Keras 2", "", ", ".join(f"`{name}`" for name in supported["functions"]), ""]
    lines += ["## Layers of other libraries", "", "The names are those in model files: a package or module, and the class.", ""]
    lines += [", ".join(f"`{name}`" for name in supported["extensions"]), ""]
    lines += ["## Recipes", "", "Classes copied from examples, which are taken where the caller names the recipe (`--recipe`), or the part before its `/`.", ""]
    lines += [*("- " + line for line in supported["recipes"]), ""]
    return "\n".join(lines)


def main():
    answer = subprocess.run([sys.argv[1], "supported", "--json"], capture_output=True, check=True, text=True).stdout
    text = document(json.loads(answer))
    if "--check" not in sys.argv:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(text)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != text:
        sys.exit("docs/coverage.md is out of date: run scripts/coverage.py PROGRAM")


if __name__ == "__main__":
    main()
