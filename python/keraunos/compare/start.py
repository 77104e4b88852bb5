"""Run as a file by the interpreter of a rival: makes this folder a package there, without the rest of Keraunos, which that interpreter need not have."""

import importlib.util
import os
import runpy
import sys

NAME = "keraunos_compare"

if __name__ == "__main__":
    folder = os.path.dirname(os.path.realpath(__file__))
    sys.path[:] = [place for place in sys.path if os.path.realpath(place) != folder]  # its modules are no modules of the rival's
    spec = importlib.util.spec_from_file_location(NAME, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
    sys.modules[NAME] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[NAME])
    runpy.run_module(f"{NAME}.worker", run_name="__main__")
