"""keraunos-compare, with engines that are defined here: the packages of other engines are not needed."""

import contextlib
import io
import json
import pathlib
import tempfile
import unittest
import xml.etree.ElementTree

from folders import EXAMPLE
from keraunos.compare.__main__ import main
from keraunos.compare.measure import largest_difference, made_inputs, statistics
from keraunos.compare.exported import OnnxRuntime
from keraunos.compare.report import svg, table
from keraunos.compare.structure import arranged

import numpy as np

ENGINES = """
import keraunos

class Same:
    name, packages, environment = "same", [], {}
    def start(self, threads, device):
        return {"same": "1.2"}
    def load(self, path):
        print("an engine that talks")
        self.model = keraunos.load_model(path, threads=1)
    def call(self, inputs):
        return {"softmax": self.model.predict(inputs, verbose=0)}

class Wrong(Same):
    name = "wrong"
    def call(self, inputs):
        return {"softmax": self.model.predict(inputs, verbose=0) + 0.25}

class Broken(Same):
    name = "broken"
    def load(self, path):
        raise RuntimeError("no such layer")

class Dying(Same):
    name = "dying"
    def call(self, inputs):
        import os
        os._exit(3)

class Absent(Same):
    name, packages = "absent", ["no_such_package"]
"""


class Port:
    def __init__(self, name):
        self.name = name


class Arranging(unittest.TestCase):
    def test_inputs_have_the_structure_of_the_model(self):
        class Model:
            input = None

        inputs = {"a": 1, "b": 2}
        self.assertEqual(arranged(Model, {"a": 1}), 1)
        self.assertEqual(arranged(Model, inputs), [1, 2])
        Model.input = {"b": Port("b"), "first": Port("a")}
        self.assertEqual(arranged(Model, inputs), {"b": 2, "first": 1})

    def test_a_converted_file_beside_the_model_is_used(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.onnx"
            path.touch()
            engine = OnnxRuntime()
            engine.prepare(str(path.with_suffix(".keras")))
            self.assertEqual(engine.file, str(path))


class Comparing(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name)
        (self.path / "engines.py").write_text(ENGINES)

    def tearDown(self):
        self.folder.cleanup()

    def run_main(self, *classes, batches="1,3"):
        engines = [f"--engine={self.path / 'engines.py'}:{name}" for name in classes]
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = main([str(EXAMPLE), "--rivals=", "--seconds=0.01", f"--batches={batches}", f"--json={self.path / 'r.json'}", f"--svg={self.path / 'r.svg'}", *engines])
        return status, printed.getvalue(), json.loads((self.path / "r.json").read_text())

    def test_engines_take_turns(self):
        status, text, results = self.run_main("Same")
        self.assertEqual(status, 0)
        self.assertEqual([batch["rows"] for batch in results["batches"]], [1, 3])
        for batch in results["batches"]:
            self.assertEqual(list(batch["engines"]), ["keraunos", "same"])
            for figures in batch["engines"].values():
                self.assertGreaterEqual(figures["calls"], 10)
                self.assertLess(figures["difference"], 1e-6)
                self.assertLessEqual(figures["median_us"], figures["p99_us"])
                self.assertGreater(figures["memory"], 1 << 20)
        self.assertIn("same 1.2", text)
        drawing = xml.etree.ElementTree.parse(self.path / "r.svg")
        self.assertEqual(len(drawing.findall(".//{http://www.w3.org/2000/svg}rect")), 4)

    def test_other_outputs_are_told(self):
        status, text, results = self.run_main("Wrong", batches="2")
        self.assertEqual(status, 1)
        self.assertIn("DIFFER by", text)
        self.assertGreater(results["batches"][0]["engines"]["wrong"]["difference"], 0.2)

    def test_the_others_go_on(self):
        status, text, results = self.run_main("Broken", "Dying", "Absent", "Same", batches="2")
        self.assertEqual(status, 0)
        self.assertEqual(list(results["batches"][0]["engines"]), ["keraunos", "same"])
        self.assertIn("RuntimeError: no such layer", text)
        self.assertIn("the process ended", text)
        self.assertIn("not installed: no_such_package", text)

    def test_refuses_in_words(self):
        for arguments, words in (
            ([str(EXAMPLE), "--rivals=torch"], "there is no rival 'torch'"),
            (["/nowhere.keras"], "File not found"),
            ([str(EXAMPLE), "--batches=0"], "not a list of row counts"),
        ):
            printed = io.StringIO()
            with contextlib.redirect_stderr(printed), self.assertRaises(SystemExit):
                main(arguments)
            self.assertIn(words, printed.getvalue())


class Figures(unittest.TestCase):
    def test_statistics(self):
        figures = statistics([1000 * n for n in range(1, 101)], 10)
        self.assertAlmostEqual(figures["median_us"], 50.5)
        self.assertAlmostEqual(figures["p95_us"], 95.05)
        self.assertAlmostEqual(figures["rows_per_s"], 10 / 50.5e-6)

    def test_difference(self):
        a = {"y": np.array([1.0, 4.0])}
        self.assertEqual(largest_difference(a, {"y": np.array([1.0, 4.0])}), 0)
        self.assertEqual(largest_difference({"z": np.array([1.0, 3.0])}, a), 0.25)
        self.assertEqual(largest_difference({"y": np.zeros(3)}, a), float("inf"))

    def test_inputs(self):
        rows = made_inputs([("x", (None, None, 2), "float32"), ("ids", (None, 3), "int64")], 7)
        self.assertEqual(rows["x"].shape, (64, 7, 2))
        self.assertEqual(set(np.unique(rows["ids"])), {0, 1})
        with self.assertRaisesRegex(ValueError, "takes strings"):
            made_inputs([("text", (None, 1), "string")], 7)

    def test_a_loss_is_as_plain_as_a_gain(self):
        def figures(median):
            return {"median_us": median, "p95_us": median, "p99_us": median, "rows_per_s": 1e6 / median, "memory": None, "difference": 0.0}

        engines = [{"name": name, "error": None, "load_seconds": 0.5, "versions": {}} for name in ("keraunos", "a<b")]
        results = {"engines": engines, "batches": [{"rows": 8, "engines": {"keraunos": figures(200.0), "a<b": figures(100.0)}}]}
        self.assertIn(" 0.50× FASTER", table(results))
        results["batches"][0]["engines"]["a<b"] = figures(400.0)
        self.assertIn(" 2.00× slower", table(results))
        self.assertIn("2.00× slower", svg(results, ""))
        xml.etree.ElementTree.fromstring(svg(results, 'a "title" & more'))


if __name__ == "__main__":
    unittest.main()
