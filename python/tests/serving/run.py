"""Runs the tests of a module where the packages that it needs are installed. 77 otherwise, with their names.

    run.py MODULE PACKAGE[,PACKAGE…]
"""

import importlib.util
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))  # folders.py

name, packages = sys.argv[1:]
missing = [package for package in packages.split(",") if importlib.util.find_spec(package) is None]
if missing:
    print(f"skipped: {', '.join(missing)} not installed for {sys.executable}; see KERAUNOS_SERVING_PYTHON in cmake/python.cmake")
    sys.exit(77)
unittest.main(module=name, argv=[sys.argv[0], "-v"])
