"""Runs the Python code of README.md."""

import contextlib
import io
import os
import re
import unittest

from folders import ROOT

FENCE = re.compile(r"```python\n(.*?)```", re.S)


class Readme(unittest.TestCase):
    def test_fences(self):
        fences = FENCE.findall((ROOT / "README.md").read_text(encoding="utf-8"))
        self.assertGreaterEqual(len(fences), 2)
        before = os.getcwd()
        os.chdir(ROOT)
        try:
            for number, code in enumerate(fences):
                with self.subTest(number), contextlib.redirect_stdout(io.StringIO()):
                    exec(compile(code, f"README.md, fence {number}", "exec"), {})
        finally:
            os.chdir(before)


if __name__ == "__main__":
    unittest.main()
