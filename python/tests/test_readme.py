"""The Python of README.md and docs/start-python.md runs as it stands. (docs/clusters.md: test_examples.py.)"""

import contextlib
import io
import os
import re
import unittest

from folders import ROOT

FENCE = re.compile(r"```python\n(.*?)```", re.S)


class Readme(unittest.TestCase):
    def test_fences(self):
        before = os.getcwd()
        os.chdir(ROOT)
        try:
            for page in ("README.md", "docs/start-python.md"):
                fences = FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
                self.assertGreaterEqual(len(fences), 2)
                for number, code in enumerate(fences):
                    with self.subTest(page=page, number=number), contextlib.redirect_stdout(io.StringIO()):
                        exec(compile(code, f"{page}, fence {number}", "exec"), {})
        finally:
            os.chdir(before)

    def test_no_other_page_has_python(self):
        tested = {"README.md", "docs/start-python.md", "docs/clusters.md"}
        for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("src/*.md"), *ROOT.glob("examples/*.md")]:
            if str(path.relative_to(ROOT)) not in tested:
                self.assertEqual(FENCE.findall(path.read_text(encoding="utf-8")), [], path)


if __name__ == "__main__":
    unittest.main()
