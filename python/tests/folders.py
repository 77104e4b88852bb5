"""The folders with the models of the tests."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
DATA = ROOT / "tests" / "data"
EXAMPLE = ROOT / "examples" / "doc_example" / "keras3.keras"
EXAMPLE_KERAS2 = ROOT / "examples" / "doc_example" / "keras2.keras"


def model_file(case):
    found = [CASES / case / name for name in ("model.keras", "model.h5", "model.json", "model") if (CASES / case / name).exists()]
    return found[0]
