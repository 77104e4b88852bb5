"""python -m keraunos.parquet with real pyarrow: every kind of column, folders, shards, killed runs, memory."""

import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import tracemalloc
import unittest
from unittest import mock

import numpy as np
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet as pq

import keraunos
from folders import EXAMPLE, model_file
from keraunos import bulk, parquet
from keraunos.arrow import to_arrow, to_numpy
from keraunos.manifest import sha256_of

# The process is killed while it writes the second of three files.
KILLED = """
import os, signal, sys
from keraunos import bulk, parquet
calls, before = [], parquet.batches
def batches(file, size, columns):
    calls.append(file)
    for i, batch in enumerate(before(file, size, columns)):
        if len(calls) == 2 and i == 3: os.kill(os.getpid(), signal.SIGKILL)
        yield batch
parquet.batches = batches
bulk.main("keraunos.parquet", parquet.work, sys.argv[1:])
"""


def lists(array):
    column = pa.array(array.reshape(-1))
    for size in reversed(array.shape[1:]):
        column = pa.FixedSizeListArray.from_arrays(column, size)
    return column


class Files(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def source(self, name, rows, first=0, **further):
        x = np.random.default_rng(first).random((rows, 3), np.float32)
        table = pa.table({"id": np.arange(first, first + rows), "input_layer": lists(x), **further})
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, row_group_size=1000)
        return keraunos.load_model(EXAMPLE).predict(x, verbose=0)

    def run_it(self, source, target, *further, model=EXAMPLE):
        out, errors = io.StringIO(), io.StringIO()
        arguments = [str(self.path / source), str(self.path / target), "--model", str(model), *further]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                status = bulk.main("keraunos.parquet", parquet.work, arguments)
            except SystemExit as stopped:
                status = stopped.code
        return status, out.getvalue() + errors.getvalue()

    def read(self, name, column="softmax"):
        return to_numpy(pq.read_table(self.path / name)[column].combine_chunks(), column)

    def test_a_file(self):
        expected = self.source("in.parquet", 2500)
        command = [
            sys.executable,
            "-m",
            "keraunos.parquet",
            str(self.path / "in.parquet"),
            str(self.path / "out.parquet"),
            "--model",
            str(EXAMPLE),
        ]
        done = subprocess.run([*command, "--batch", "700"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "1 files, 2500 rows\n"), done.stderr)
        table = pq.read_table(self.path / "out.parquet")
        self.assertEqual(table.column_names, ["id", "input_layer", "softmax"])
        self.assertEqual(table.schema.field("softmax").type, pa.list_(pa.float32(), 5))
        self.assertEqual(table["id"].to_pylist(), list(range(2500)))
        np.testing.assert_array_equal(self.read("out.parquet"), expected)
        data = json.loads((self.path / "out.parquet.manifest.json").read_text())
        self.assertEqual(data["files"]["out.parquet"]["sha256"], sha256_of(self.path / "out.parquet"))

    def test_a_folder_in_shards(self):
        names = [f"day={i % 2}/part-{i}.parquet" for i in range(5)]
        expected = {name: self.source(f"in/{name}", 10 * i, 1000 * i) for i, name in enumerate(names)}  # the first has no rows
        (self.path / "in" / "_SUCCESS.parquet").write_text("no data")
        for i in range(2):
            self.assertEqual(self.run_it("in", "out", "--shard", f"{i}/2")[0], 0)
        for name, values in expected.items():
            np.testing.assert_array_equal(self.read(f"out/{name}"), values)
        whole = pyarrow.dataset.dataset(self.path / "out", partitioning="hive").to_table()  # the manifests are no data
        self.assertEqual(sorted(whole["id"].to_pylist()), [1000 * i + j for i in range(5) for j in range(10 * i)])
        counts = [len(json.loads((self.path / "out" / f"_keraunos-{i:05}-of-00002.json").read_text())["files"]) for i in range(2)]
        self.assertEqual(counts, [3, 2])

    def test_a_killed_run_is_gone_on_with(self):
        expected = [self.source(f"in/{i}.parquet", 1000, 1000 * i) for i in range(3)]
        arguments = [str(self.path / "in"), str(self.path / "out"), "--model", str(EXAMPLE), "--batch", "100", "--resume"]
        done = subprocess.run([sys.executable, "-c", KILLED, *arguments], env={**os.environ}, capture_output=True, text=True)
        self.assertEqual(done.returncode, -9, done.stderr)
        self.assertEqual(
            sorted(path.name for path in (self.path / "out").iterdir()), [".1.parquet.partial", "0.parquet", "_keraunos.json"]
        )
        self.assertEqual(
            self.run_it("in", "out", "--resume", "--batch", "100")[1],
            "3 files, 3000 rows\n0.parquet: already complete\n1.parquet: 1000 rows\n2.parquet: 1000 rows\n",
        )
        for i, values in enumerate(expected):
            np.testing.assert_array_equal(self.read(f"out/{i}.parquet"), values)
        self.assertFalse((self.path / "out" / ".1.parquet.partial").exists())
        (self.path / "out" / "2.parquet").write_bytes(b"damaged")
        self.assertIn("2.parquet: 1000 rows", self.run_it("in", "out", "--resume", "--batch", "100")[1])
        self.assertRegex(self.run_it("in", "out", "--resume", "--batch", "50")[1], "differs in options: batch 100, now 50")
        self.assertRegex(self.run_it("in", "out")[1], "from an earlier run")

    def test_batches_are_all_that_is_in_memory(self):
        rows = 300_000
        wide = np.zeros((rows, 32), np.float32)
        pq.write_table(
            pa.table({"input_layer": lists(wide[:, :3]), "wide": lists(wide)}),
            self.path / "in.parquet",
            compression="none",
            use_dictionary=False,
        )
        before, alive = parquet.batches, []

        def counted(file, size, columns):
            for batch in before(file, size, columns):
                alive.append((batch.num_rows, pa.total_allocated_bytes() + tracemalloc.get_traced_memory()[0]))
                yield batch

        parquet.batches = counted
        tracemalloc.start()
        try:
            begin = pa.total_allocated_bytes()
            self.assertEqual(self.run_it("in.parquet", "out.parquet", "--batch", "1000")[0], 0)
        finally:
            tracemalloc.stop()
            parquet.batches = before
        self.assertEqual(max(rows for rows, _ in alive), 1000)
        self.assertEqual(sum(rows for rows, _ in alive), rows)
        group = parquet.GROUP_ROWS * (32 + 3 + 5) * 4  # what waits for its row group
        peak = max(held for _, held in alive) - begin
        self.assertLess(peak, 2 * group + (8 << 20))
        self.assertLess(peak, rows * (32 + 3 + 5) * 4)

    def test_row_groups(self):
        """Row groups consist of many batches where rows are small, of few where they are large."""
        self.source("in.parquet", 1000)
        for limit, groups in ((1 << 20, 1), (10_000, 4)):
            with mock.patch.object(parquet, "GROUP_BYTES", limit):
                self.assertEqual(self.run_it("in.parquet", f"{limit}.parquet", "--batch", "50")[0], 0)
            self.assertEqual(pq.ParquetFile(self.path / f"{limit}.parquet").num_row_groups, groups)

    def test_kinds_of_columns(self):
        x = np.random.default_rng(2).random((6, 3))
        expected = keraunos.load_model(EXAMPLE).predict(x, verbose=0)
        ragged = pa.array([[0.5] * 3] * 5 + [[0.5] * 4])
        table = pa.table(
            {
                "fixed": lists(x),
                "lists": pa.array(x.tolist()),
                "large": pa.array(x.tolist(), pa.large_list(pa.float64())),
                "tensor": pa.FixedShapeTensorArray.from_numpy_ndarray(x),
                "a": x[:, 0],
                "b": x[:, 1],
                "c": x[:, 2],
                "ragged": ragged,
                "null": pa.array([None, *x.tolist()[1:]]),
                "inner": pa.array([[None, 1.0, 1.0]] * 6),
                "when": pa.array([0] * 6, pa.timestamp("s")),
            }
        )
        pq.write_table(table, self.path / "in.parquet")
        for i, column in enumerate(("fixed", "lists", "large", "tensor", "a,b,c")):
            self.assertEqual(
                self.run_it(
                    "in.parquet", f"{i}.parquet", "--input", f"input_layer={column}", "--keep", "a", "--output", "softmax=p"
                )[0],
                0,
            )
            self.assertEqual(pq.read_schema(self.path / f"{i}.parquet").names, ["a", "p"])
            np.testing.assert_array_equal(self.read(f"{i}.parquet", "p"), expected)
        for column, words in (
            ("ragged", "from 3 to 4 elements"),
            ("null", "has 1 nulls"),
            ("inner", "has 6 nulls"),
            ("when", "has the type timestamp"),
            ("no", '--input names|no column "no"'),
        ):
            status, text = self.run_it("in.parquet", "bad.parquet", "--input", f"input_layer={column}")
            self.assertEqual(status, 1)
            self.assertRegex(text, words)
            self.assertFalse((self.path / ".bad.parquet.partial").exists())

    def test_several_inputs_and_outputs(self):
        model = model_file("ages_heads_k3_12")
        q, v = (np.random.default_rng(i).random((9, 4 + i, 6), np.float32) for i in range(2))
        plain, heads = keraunos.load_model(model).predict([q, v], verbose=0)
        pq.write_table(
            pa.table({"v": lists(v), "q": lists(q.reshape(9, -1))}), self.path / "in.parquet"
        )  # one as axes, one flattened
        self.assertEqual(self.run_it("in.parquet", "out.parquet", model=model)[0], 0)
        np.testing.assert_array_equal(self.read("out.parquet", "plain"), plain)
        np.testing.assert_array_equal(self.read("out.parquet", "heads"), heads)

    def test_lengths_that_differ_between_batches(self):
        model = model_file("dense_free_length_k3")
        rows = [np.random.default_rng(i).random((3 if i < 4 else 2, 5), np.float32) for i in range(8)]
        pq.write_table(pa.table({"x": pa.array([row.tolist() for row in rows])}), self.path / "in.parquet")
        self.assertEqual(self.run_it("in.parquet", "out.parquet", "--batch", "4", model=model)[0], 0)
        loaded = keraunos.load_model(model)
        for found, row in zip(pq.read_table(self.path / "out.parquet")["y"].to_pylist(), rows):
            np.testing.assert_allclose(np.float32(found), loaded.predict(row[np.newaxis], verbose=0)[0], rtol=1e-6)
        self.assertRegex(self.run_it("in.parquet", "bad.parquet", model=model)[1], "from 2 to 3 elements in one batch")

    def test_texts(self):
        model = model_file("string_lookup_adapted_k3")
        words = np.array([["a", "b", "é"]] * 4, object)
        column = pa.array(words.tolist())
        pq.write_table(pa.table({"x": column, "y": [1, 2, 3, 4]}), self.path / "in.parquet")
        self.assertRegex(self.run_it("in.parquet", "out.parquet", model=model)[1], 'column "y" already.*--output y=y_predicted')
        self.assertEqual(self.run_it("in.parquet", "out.parquet", "--output", "y=score", model=model)[0], 0)
        np.testing.assert_array_equal(self.read("out.parquet", "lookup"), keraunos.load_model(model).predict(words, verbose=0)[0])

    def test_refusals(self):
        self.source("in/a.parquet", 3)
        (self.path / "empty").mkdir()
        (self.path / "text.parquet").write_text("hello")
        for source, further, words in (
            ("empty", [], "no files"),
            ("no", [], "there is no"),
            ("text.parquet", [], "text.parquet: "),
            ("in/a.parquet", ["--shard", "0/2"], "divides the files of a folder"),
            ("in", ["--keep", "z"], '--keep names the column "z"'),
        ):
            self.assertRegex(self.run_it(source, "out", *further)[1], words)
        self.assertRegex(self.run_it("in", "in/out")[1], "must not contain each other")


class Arrays(unittest.TestCase):
    def test_there_and_back(self):
        for array in (
            np.arange(3),
            np.zeros((4, 2, 3), np.float16),
            np.array([[True, False]] * 2),
            np.array(["a", "é"], object),
            np.zeros((0, 5), np.float32),
        ):
            np.testing.assert_array_equal(to_numpy(to_arrow(array), "x"), array)
        self.assertEqual(to_arrow(np.zeros((7, 1), np.float32)).type, pa.float32())
        self.assertEqual(to_arrow(np.zeros((7, 1), np.float32), (None, None)).type, pa.large_list(pa.float32()))

    def test_slices(self):
        array = np.arange(24.0).reshape(6, 4)
        np.testing.assert_array_equal(to_numpy(lists(array)[2:5], "x"), array[2:5])
        np.testing.assert_array_equal(to_numpy(pa.array(array.tolist())[2:5], "x"), array[2:5])
        np.testing.assert_array_equal(to_numpy(pa.array(["b", "a", "b"]).dictionary_encode()[1:], "x"), ["a", "b"])


if __name__ == "__main__":
    unittest.main()
