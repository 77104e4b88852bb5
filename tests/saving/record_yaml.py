"""Architectures of recorded cases as PyYAML writes them, which is what Model.to_yaml() of Keras 1 and 2 did: tests/data/saving/yaml.

    python record_yaml.py

Run by a Python with PyYAML. `block` is its style since 5.1, `flow` the one before. Beside them lies the JSON.
"""

import json
from pathlib import Path

import yaml

TESTS = Path(__file__).parent.parent
CASES = ["doc_example_k2_json", "conv_lstm_stacked_k2_json"]
SHARED = [1, 2]
VALUES = {
    "texts": ["", "null", "yes", "1", "1.5", "a: b", "# no", "- no", "it's", '"quoted"', "two\nlines\n\n and more", "tab\there", "äöü €", "\x00\x7f",
              "word " * 40, "'", "{", "[x", "!tag", "&a", "*b", "@", "%", "a #b", "a:b", "~", ".inf", "0x1F", "1e-3", "\U0001f600", " spaces "],
    "numbers": [0, -7, 12345678901234, 1.5, -2.5e-07, 1e300, float("inf"), float("-inf"), True, False, None],
    "nested": {"empty list": [], "empty": {}, "lists": [[1, [2, 3]], []], "list of mappings": [{"a": 1, "b": [{"c": None}]}]},
    "tuples": [(1, 2), ((3,), "a")],
    "shared": [SHARED, SHARED, {"again": SHARED}],
}


def main():
    folder = TESTS / "data" / "saving" / "yaml"
    folder.mkdir(exist_ok=True)
    objects = {case: json.loads((TESTS / "cases" / case / "model.json").read_text()) for case in CASES}
    for name, value in {**objects, "values": VALUES}.items():
        (folder / f"{name}.json").write_text(json.dumps(value))
        (folder / f"{name}.block.yaml").write_text(yaml.dump(value))
        (folder / f"{name}.flow.yaml").write_text(yaml.dump(value, default_flow_style=None))


if __name__ == "__main__":
    main()
