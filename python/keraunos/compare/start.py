"""A script for the interpreter of a rival: imports this folder as a package without the rest of Keraunos, which may not be installed there."""

import importlib.util
import os
import runpy
import sys

NAME = "keraunos_compare"

if __name__ == "__main__":
    folder = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [place for place in sys.path if os.path.realpath(place) != folder]  # so that its modules do not hide modules of the rival
    spec = importlib.util.spec_from_file_location(NAME, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
    runpy.run_module(f"{NAME}.worker", run_name="__main__")
