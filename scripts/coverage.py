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


def worst_ratios():
    """The largest error over Keras's own by class: ratios.txt holds one of each case."""
    worst = {}
    for line in (DATA.parent / "exact/ratios.txt").read_text().splitlines():
        case, ratio = line.rsplit(" ", 1)
        for name in json.loads((ROOT / "tests/cases" / case / "case.json").read_text()).get("classes", []):
            if float(ratio) >= worst.get(name, (0, ""))[0]:
                worst[name] = (float(ratio), case)
    return worst


def without_float64():
    """Why recorded cases have no float64 result, and how many."""
    counts = collections.Counter()
    for path in sorted((DATA.parent / "exact").glob("without_k*.txt")):
        for line in path.read_text().splitlines():
            reason = line.split(": ", 1)[1]
            if reason.startswith("Keras cannot"):
                reason = "Keras cannot run it in this environment"
            counts["float64 is another model, or not finite" if reason.startswith("float64 is ") else reason] += 1
    return counts


def accuracy():
    worst, cases = worst_ratios(), len((DATA.parent / "exact/ratios.txt").read_text().splitlines())
    text = f"""\
## Errors beside those of Keras

{cases} recorded cases have the float64 result of the same Keras, weights and inputs (`tests/data/exact`). The test `exact` compares our
float32 results with it: the largest error of an output is at most twice Keras's own float32 error plus one unit in the last place of its
largest number. The ratio is our error over Keras's and half such a unit, so that 2 is the limit; `beyond.txt` lists what is further away,
with reasons. For each class the worst one of all cases that hold it, and that case; measured on an x86-64 processor with AVX-512, by
`exact_cpu tests/cases tests/data/exact --write tests/data/exact/ratios.txt`.

| class | worst ratio | case |
|---|---|---|"""
    lines = text.splitlines()
    lines += [f"| {name} | {ratio:.2f} | `{case}` |" for name, (ratio, case) in sorted(worst.items())]
    lines += ["", "Cases without a float64 result:", "", "| reason | cases |", "|---|---|"]
    return [*lines, *[f"| {reason} | {count} |" for reason, count in sorted(without_float64().items())], ""]


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
    lines += accuracy()
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
