"""The package itself needs NumPy only; modules that need more say what to install."""

import subprocess
import sys
import tomllib
import unittest

from folders import ROOT

# Imports a module as if only NumPy were installed.
ALONE = """
import importlib, sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("pyarrow", "pandas", "ray", "pyspark", "kserve"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Nothing())
try:
    importlib.import_module(sys.argv[1])
except ImportError as error:
    print(error)
"""


def printed(module):
    done = subprocess.run([sys.executable, "-c", ALONE, module], capture_output=True, text=True)
    return done.stdout + done.stderr


# Imports the package as where its native module finds no CUDA libraries.
WITHOUT_CUDA = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name == "keraunos._native":
            raise ImportError("libcudart.so.13: cannot open shared object file: No such file or directory")
sys.meta_path.insert(0, Nothing())
import keraunos
"""


class Extras(unittest.TestCase):
    def test_what_numpy_is_enough_for(self):
        for name in ("", ".batch", ".npy", ".bulk", ".spark"):
            self.assertEqual(printed("keraunos" + name), "")

    def test_what_to_install(self):
        extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        for name, package, extra in ((".arrow", "pyarrow", "parquet"), (".parquet", "pyarrow", "parquet"), (".kserve", "kserve", "kserve")):
            self.assertRegex(printed("keraunos" + name), rf"^{package} is not installed.*pip install \"keraunos\[{extra}\]\"")
            self.assertIn(extra, extras)
        self.assertEqual(set(extras), {"parquet", "spark", "ray", "kserve", "cuda"})

    def test_a_wheel_with_cuda_says_what_to_install(self):
        done = subprocess.run([sys.executable, "-c", WITHOUT_CUDA], capture_output=True, text=True)
        self.assertRegex(done.stderr, r'ImportError: .*libcudart\.so\.13.*pip install "keraunos\[cuda\]"')


if __name__ == "__main__":
    unittest.main()
