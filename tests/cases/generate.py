#!/usr/bin/env python3
"""Writes the golden cases in this folder with real Keras: see README.md.

    python3 generate.py [--venvs DIR] [--only REGEX] [--keras 2|3|2.12|hub|…]…

Makes one virtual environment for each oracle (once; half a minute and 1.5 GB each), then runs itself inside
each of them.
"""

import argparse
import importlib
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORACLES = {
    "2": ("tf215", ["tensorflow-cpu==2.15.1"]),
    "3": ("keras3", ["keras==3.15.1", "tensorflow-cpu==2.20.0"]),
}
# Releases between 2.15 and 3.15 with other file contents: they record only the family `ages`.
AGES = {
    "2.12": ("k2_12", ["tensorflow-cpu==2.12.1", "jax==0.4.13", "jaxlib==0.4.13"]),
    "2.13": ("k2_13", ["tensorflow-cpu==2.13.1"]),
    "2.14": ("k2_14", ["tensorflow-cpu==2.14.1"]),
    "3.0": ("k3_0", ["keras==3.0.5", "tensorflow-cpu==2.16.2"]),
    "3.1": ("k3_1", ["keras==3.1.1", "tensorflow-cpu==2.16.2"]),
    "3.3": ("k3_3", ["keras==3.3.3", "tensorflow-cpu==2.16.2"]),
    "3.6": ("k3_6", ["keras==3.6.0", "tensorflow-cpu==2.16.2"]),
    "3.9": ("k3_9", ["keras==3.9.2", "tensorflow-cpu==2.19.0"]),
    "3.12": ("k3_12", ["keras==3.12.0", "tensorflow-cpu==2.20.0"]),
}
# CyberZHG's libraries, which need Keras 2.
CYBER = ["keras-self-attention==0.51.0", "keras-multi-head==0.29.0", "keras-position-wise-feed-forward==0.8.0"]
CYBER += ["keras-pos-embd==0.13.0", "keras-layer-normalization==0.16.0", "keras-embed-sim==0.10.0"]
CYBER += ["keras-transformer==0.40.0", "keras-bert==0.89.0"]
# Libraries of layers by other authors; their environments record only their own families. The second list is installed without
# its dependencies on TensorFlow, whose version is fixed here.
EXTENSIONS = {
    "2-extensions": (
        "extensions2",
        ["tensorflow-cpu==2.15.1", "tensorflow-addons==0.23.0", "tensorflow-model-optimization==0.7.5", "scipy", "scikit-learn"]
        + ["tqdm", "networkx", "pyparsing<3.2", "keras-tuner==1.4.8", "setuptools<81"],
        ["qkeras==0.9.0", "HGQ==0.2.6", "keras-tcn==3.5.0", *CYBER],
    ),
    "3-extensions": (
        "extensions3",
        ["keras==3.15.1", "tensorflow-cpu==2.20.0", "scipy", "scikit-learn", "tqdm", "networkx", "pyparsing", "six", "absl-py"]
        + ["regex", "tensorflow-datasets"],
        ["keras-cv==0.9.0", "keras-core==0.1.7", "namex", "qkeras-v3==1.2.1", "tensorflow-model-optimization==0.8.1", "dm-tree", "keras-tcn==3.5.7"],
    ),
    "hub": (
        "hub",
        ["keras==3.15.1", "tensorflow-cpu==2.20.0", "kagglehub==1.0.2", "regex==2026.11.19", "sentencepiece==0.2.3", "tokenizers==0.23.3"],
        ["keras-hub==0.32.0"],
    ),
}
README = HERE.parent / "readme_layer"
TABLES = HERE.parent / "data" / "keras"
FAMILIES = [
    "examples",
    "core",
    "lambdas",
    "activations",
    "convolution",
    "transposed",
    "resampling",
    "windows",
    "locally",
    "folding",
    "normalization",
    "recurrent",
    "cells",
    "conv_lstm",
    "graph_nodes",
    "saved_models",
    "attention",
    "arguments",
    "calls",
    "text",
    "hashing",
    "batches",
    "topologies",
    "operators",
    "operations",
    "numpy_operations",
    "ordering",
    "integers",
    "scattering",
    "linear_algebra",
    "composed",
    "images",
    "measures",
    "signals",
    "preprocessing",
    "precisions",
    "networks",
    "evaluate",
    "evaluate_custom",
    "recipes",
    "refusals",
    "summaries",
]


OF_LIBRARIES = ["extensions_qkeras", "extensions_hgq", "extensions_addons", "extensions_optimization", "extensions_tcn"]
OF_LIBRARIES += ["extensions_cyberzhg", "extensions_keras_cv", "extensions_contrib"]
EXTENSION_FAMILIES = {"2-extensions": OF_LIBRARIES, "3-extensions": OF_LIBRARIES, "hub": ["hub"]}


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--venvs",
        type=Path,
        default=HERE.parent.parent / ".venv-oracles",
        help="where the virtual environments are",
    )
    parser.add_argument("--only", default="", help="a regular expression that the case's name must contain")
    parser.add_argument(
        "--keras", choices=[*ORACLES, *AGES, *EXTENSIONS], action="append", help="only this version (may be given again)"
    )
    parser.add_argument("--root", type=Path, default=HERE, help="where the cases are written")
    parser.add_argument(
        "--summaries", action="store_true", help="record tables of model.summary() instead of cases"
    )
    parser.add_argument(
        "--exact", action="store_true", help="write what float64 gives beside the recorded outputs instead"
    )
    parser.add_argument(
        "--per-class", type=int, default=0, help="with --exact: so many cases of each class; 0: all"
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def environment(folder, name, packages, without_dependencies=()):
    """The interpreter of an oracle, which is installed if it does not exist."""
    python = folder / name / "bin" / "python"
    if not python.exists() and sys.version_info[:2] != (3, 11):
        sys.exit(
            f"The oracles need Python 3.11 (TensorFlow 2.15 has no later), not {sys.version.split()[0]}."
        )
    if not python.exists():
        print(f"installing {' '.join(packages)} into {folder / name}", flush=True)
        venv.create(folder / name, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        if without_dependencies:
            subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-deps", *without_dependencies], check=True)
    return python


def run_inside(arguments):
    from generate.recorder import Recorder

    version, pattern = arguments.keras[0], re.compile(arguments.only)
    if arguments.summaries:
        return importlib.import_module("generate.summaries").record(arguments.root, TABLES, pattern)
    if arguments.exact:
        return write_exact(importlib.import_module("generate.exact").Exact(arguments.root, pattern, version, arguments.per_class))
    families = FAMILIES if version in ORACLES else EXTENSION_FAMILIES[version] if version in EXTENSIONS else ["ages"]
    failed = record(Recorder(arguments.root, pattern, version), families, arguments)
    if arguments.root == HERE and version in ORACLES:
        failed |= record(Recorder(README, pattern, version), ["readme"], arguments)
    return failed


def write_exact(recorder):
    for family in FAMILIES:
        importlib.import_module(f"generate.{family}").cases(recorder.add)
    recorder.write(HERE.parent / "data" / "exact")
    return 0


def record(recorder, families, arguments):
    for family in families:
        importlib.import_module(f"generate.{family}").cases(recorder.add)
    if not arguments.only:
        recorder.remove_stale()
    for complaint in recorder.complaints:
        print("LOOK:", complaint)
    for failure in recorder.failures:
        print("FAILED:", failure)
    return 1 if recorder.failures else 0


def main():
    arguments = parse_arguments()
    if arguments.inside:
        return run_inside(arguments)
    failed = 0
    others = {} if arguments.summaries or arguments.exact else {**AGES, **EXTENSIONS}
    for version, (name, *packages) in {**ORACLES, **others}.items():
        if arguments.keras is None or version in arguments.keras:
            python = environment(arguments.venvs, name, *packages)
            command = [python, __file__, "--inside", "--keras", version, "--only", arguments.only]
            command += ["--root", arguments.root, *(["--summaries"] if arguments.summaries else [])]
            command += ["--exact", "--per-class", str(arguments.per_class)] if arguments.exact else []
            failed |= subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "0"}).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
