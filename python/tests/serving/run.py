"""Runs the tests of a module where the packages that it needs are installed. 77 otherwise, with their names.

run.py MODULE PACKAGE[,PACKAGE…] [TEST…]
"""

import importlib.util
import os
import pathlib
import sys
import unittest

# For imports of folders.py and of the test itself, here and in the workers that a test starts.
here = pathlib.Path(__file__).resolve().parent
folders = [str(here.parent), str(here)]
sys.path[:0] = folders
os.environ["PYTHONPATH"] = os.pathsep.join([os.environ.get("PYTHONPATH", ""), *folders])

name, packages, *tests = sys.argv[1:]
missing = [package for package in packages.split(",") if importlib.util.find_spec(package) is None]
if missing:
    print(f"skipped: {', '.join(missing)} not installed for {sys.executable}; see KERAUNOS_SERVING_PYTHON in cmake/python.cmake")
    sys.exit(77)
unittest.main(module=name, argv=[sys.argv[0], "-v", *tests])
