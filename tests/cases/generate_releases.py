#!/usr/bin/env python3
"""Replays SavedModels of TensorFlow releases 2.0 to 2.21, which real releases write; prints a table for bench/NOTES.md.

    python3 generate_releases.py --work DIR --program build/release/keraunos [--release 2.4]… [--only REGEX] [--keep]

For each release, one after the other, an environment is made in DIR with the packages of PyPI, releases/record.py writes small models
there (see releases/), and `keraunos verify` computes them: models of Keras 2 by their layers and by the function of their signature,
others by the function. Environments are deleted afterwards, and so are the models without --keep. A release needs its interpreter:
python3.7 for 2.0 to 2.3, python3.8 for 2.4 to 2.7, python3.9 for 2.8 to 2.11, python3.11 for the others; a folder with such
interpreters is given by --pythons (DIR/3.7*/bin/python, as pyenv lays them out), otherwise they are looked up in PATH.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

RECORD = Path(__file__).resolve().parent / "releases" / "record.py"
PYTHONS = {"3.7": range(0, 4), "3.8": range(4, 8), "3.9": range(8, 12), "3.11": range(12, 22)}
PATCHES = [4, 4, 3, 4, 4, 3, 5, 4, 4, 3, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 0, 0]
RELEASES = {f"2.{minor}": f"2.{minor}.{patch}" for minor, patch in enumerate(PATCHES)}


def packages(release):
    minor = int(release.split(".")[1])
    tensorflow = "tensorflow" if minor == 0 else "tensorflow-cpu"  # 2.0 has no package for CPUs alone
    more = ["protobuf<3.21"] if minor < 12 else []
    more += ["numpy<1.24"] if 4 <= minor < 12 else []
    return [f"{tensorflow}=={RELEASES[release]}", *more]


def interpreter(release, folder):
    version = next(v for v, minors in PYTHONS.items() if int(release.split(".")[1]) in minors)
    found = sorted(folder.glob(version + "*/bin/python")) if folder else []
    return found[0] if found else shutil.which("python" + version)


def recorded(release, arguments):
    """The folder with the models of a release; None where it cannot be installed."""
    python = interpreter(release, arguments.pythons)
    if python is None:
        return None
    environment, models = arguments.work / f"env_{release}", arguments.work / release
    shutil.rmtree(models, ignore_errors=True)
    models.mkdir(parents=True)
    try:
        subprocess.run([python, "-m", "venv", "--clear", environment], check=True)
        pip = [environment / "bin" / "python", "-m", "pip", "--quiet", "install"]
        subprocess.run([*pip, "--upgrade", "pip"], check=True)  # old ones do not know the wheels' platforms
        subprocess.run([*pip, *packages(release)], check=True)
        with open(models / "log.txt", "w") as log:
            command = [environment / "bin" / "python", RECORD, models, arguments.only]
            subprocess.run(command, check=True, stdout=log, stderr=log, env={**os.environ, "PYTHONHASHSEED": "0"})
    except subprocess.CalledProcessError as error:
        print(f"LOOK: {release}: {error}", flush=True)
        return None
    finally:
        shutil.rmtree(environment, ignore_errors=True)
    return models


def replayed(release, models, arguments):
    """A line of the table; what is wrong is printed before it."""
    answer = subprocess.run([arguments.program, "verify", "--json", "--device", "cpu", models], capture_output=True, text=True)
    results = json.loads(answer.stdout)
    wrong = [case for case in results["cases"] if not case["passed"]]
    for case in wrong:
        print(f"WRONG: {release} {case['case']}: {case['message']}", flush=True)
    other = json.loads((models / "not_recorded.json").read_text())
    for name, error in other["failed"].items():
        print(f"LOOK: {release} {name}: {error}", flush=True)
    both = [case for case in results["cases"] if case["case"].endswith("_function")]
    counts = [len(results["cases"]) - len(both), len(both), results["passed"], len(other["missing"]), len(other["failed"])]
    return f"| {RELEASES[release]} | {' | '.join(map(str, counts))} |", bool(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=Path, required=True, help="a folder for environments and models")
    parser.add_argument("--program", type=Path, required=True, help="the program keraunos")
    parser.add_argument("--pythons", type=Path, help="a folder with interpreters")
    parser.add_argument("--release", choices=RELEASES, action="append", help="only this release (may be given again)")
    parser.add_argument("--only", default="", help="a regular expression that the model's name must contain")
    parser.add_argument("--keep", action="store_true", help="keep the models")
    arguments = parser.parse_args()
    lines, failed = [], False
    for release in arguments.release or RELEASES:
        models = recorded(release, arguments)
        if models is None:
            lines.append(f"| {RELEASES[release]} | not installed | | | | |")
            continue
        line, wrong = replayed(release, models, arguments)
        print(line, flush=True)
        lines.append(line)
        failed = failed or wrong
        if not arguments.keep:
            shutil.rmtree(models)
    print("| TensorFlow | models | of these by function too | cases right | not in this release | not written |", *lines, sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
