"""python -m keraunos.npy: arrays larger than memory, shards, killed runs."""

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

import keraunos
from folders import EXAMPLE, model_file
from keraunos import bulk, npy
from keraunos.manifest import sha256_of

# The process is killed while it computes the fifth batch, as by the kernel when memory is exhausted.
KILLED = """
import os, signal, sys
from keraunos import bulk, npy
npy.CHECKPOINT_BYTES, calls, before = 1, [], npy.predicted
def predicted(predictor, rows):
    calls.append(len(rows))
    if len(calls) == 5: os.kill(os.getpid(), signal.SIGKILL)
    return before(predictor, rows)
npy.predicted = predicted
bulk.main("keraunos.npy", npy.work, sys.argv[1:])
"""


class Bulk(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        self.rows = np.random.default_rng(5).random((1000, 3), np.float32)
        np.save(self.path / "in.npy", self.rows)
        self.expected = keraunos.load_model(EXAMPLE).predict(self.rows, verbose=0)

    def arguments(self, *further, source="in.npy", target="out.npy", model=EXAMPLE):
        return [str(self.path / source), str(self.path / target), "--model", str(model), *further]

    def run_it(self, *further, **places):
        """The status and the printed text."""
        out, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            try:
                status = bulk.main("keraunos.npy", npy.work, self.arguments(*further, **places))
            except SystemExit as stopped:
                status = stopped.code
        return status, out.getvalue() + errors.getvalue()

    def manifest(self, name="out.npy"):
        return json.loads((self.path / f"{name}.manifest.json").read_text())

    def counted(self):
        """Records the rows of each later call of the model."""
        calls = []
        before = npy.predicted

        def predicted(predictor, rows):
            calls.append(len(rows))
            return before(predictor, rows)

        patch = mock.patch.object(npy, "predicted", predicted)
        patch.start()
        self.addCleanup(patch.stop)
        return calls

    def test_a_program(self):
        done = subprocess.run(
            [sys.executable, "-m", "keraunos.npy", *self.arguments("--batch", "300")], capture_output=True, text=True
        )
        self.assertEqual((done.returncode, done.stdout), (0, "1 files, 1000 rows\n"), done.stderr)
        np.testing.assert_array_equal(np.load(self.path / "out.npy"), self.expected)
        data = self.manifest()
        self.assertEqual(data["files"]["out.npy"]["sha256"], sha256_of(self.path / "out.npy"))
        self.assertEqual((data["model"]["sha256"], data["rows"], data["complete"]), (sha256_of(EXAMPLE), 1000, True))
        self.assertEqual(sorted(path.name for path in self.path.iterdir()), ["in.npy", "out.npy", "out.npy.manifest.json"])

    def test_batches_are_all_that_is_read(self):
        np.save(self.path / "in.npy", np.zeros((1_000_000, 3)))
        peaks = {}
        for batch in (2000, 1_000_000):
            calls = self.counted()
            tracemalloc.start()
            self.assertEqual(self.run_it("--batch", str(batch), target=f"{batch}.npy")[0], 0)
            peaks[batch] = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            self.assertEqual(max(calls), batch)
        self.assertLess(peaks[2000], 4 << 20)  # two blocks of a hash are 2 MiB
        self.assertGreater(peaks[1_000_000], 8 << 20)  # the rows as float32: shows that the measurement notices unsliced arrays

    def test_shards_are_the_whole(self):
        for i in range(3):
            self.assertEqual(self.run_it("--shard", f"{i}/3", "--batch", "100")[0], 0)
        parts = [np.load(self.path / f"out-{i:05}-of-00003.npy") for i in range(3)]
        self.assertEqual([len(part) for part in parts], [333, 333, 334])
        np.testing.assert_array_equal(np.concatenate(parts), self.expected)

    def test_a_killed_run_is_gone_on_with(self):
        arguments = self.arguments("--batch", "100", "--resume")
        done = subprocess.run([sys.executable, "-c", KILLED, *arguments], env={**os.environ}, capture_output=True, text=True)
        self.assertEqual(done.returncode, -9, done.stderr)
        self.assertFalse((self.path / "out.npy").exists())
        self.assertTrue((self.path / ".out.npy.partial").exists())
        calls = self.counted()
        self.assertEqual(self.run_it("--batch", "100", "--resume")[0], 0)
        self.assertEqual(calls, [100] * 6)
        np.testing.assert_array_equal(np.load(self.path / "out.npy"), self.expected)
        self.assertFalse((self.path / ".out.npy.partial").exists())
        self.assertEqual(self.run_it("--batch", "100", "--resume"), (0, "1 files, 1000 rows\nout.npy: already complete\n"))
        self.assertEqual(calls, [100] * 6)

    def test_what_is_not_whole_is_computed_again(self):
        def damage():
            with open(self.path / "out.npy", "r+b") as file:
                file.seek(-1, os.SEEK_END)
                file.write(b"\xff")

        def other_source():
            np.save(self.path / "in.npy", self.rows[::-1])
            self.expected = self.expected[::-1]

        self.run_it()
        for change in (damage, lambda: (self.path / "out.npy").unlink(), other_source):
            change()
            self.assertNotIn("already complete", self.run_it("--resume")[1])
            np.testing.assert_array_equal(np.load(self.path / "out.npy"), self.expected)

    def test_another_command_is_no_continuation(self):
        self.run_it()
        self.assertRegex(self.run_it()[1], "exists from an earlier run; continue it with --resume")
        for further, words in (
            (["--batch", "5"], "differs in options: batch 4096, now 5"),
            (["--replace", "softmax=x"], "differs in options: replace"),
        ):
            status, text = self.run_it("--resume", *further)
            self.assertEqual(status, 1)
            self.assertRegex(text, words)
        model = self.path / "other.keras"
        model.write_bytes(EXAMPLE.read_bytes() + b"\0")
        with mock.patch("keraunos.loading.load_model", return_value=keraunos.load_model(EXAMPLE)):
            self.assertRegex(self.run_it("--resume", model=model)[1], "differs in model: sha256")

    def test_files_of_others_are_kept(self):
        (self.path / "out.npy").write_bytes(b"mine")
        for further in ([], ["--resume"]):
            self.assertRegex(self.run_it(*further)[1], "out.npy exists, and no manifest states")
        self.assertEqual((self.path / "out.npy").read_bytes(), b"mine")
        (self.path / "in.json").write_text("{}")
        (self.path / "x.npy.manifest.json").write_text("[]")
        self.assertRegex(self.run_it(target="x.npy")[1], "not a manifest of this command")

    def test_a_failed_command_can_be_corrected(self):
        np.save(self.path / "wide.npy", np.zeros((10, 4)))
        self.assertRegex(self.run_it(source="wide.npy")[1], "wide.npy, rows 0 to 9: ")
        self.assertEqual(self.run_it()[0], 0)

    def test_no_rows(self):
        np.save(self.path / "in.npy", self.rows[:0])
        self.assertEqual(self.run_it(), (0, "1 files, 0 rows\nout.npy: 0 rows\n"))
        self.assertEqual(np.load(self.path / "out.npy").shape, (0, 5))

    def test_refusals(self):
        np.savez(self.path / "in.npz", x=self.rows)
        (self.path / "text.npy").write_text("hello")
        np.save(self.path / "objects.npy", np.array([{}]))
        heads, words = model_file("ages_heads_k3_12"), model_file("string_lookup_adapted_k3")
        for places, further, expected in (
            ({"source": "no.npy"}, [], "there is no "),
            ({"source": "in.npz"}, [], "not a .npy file with rows"),
            ({"source": "text.npy"}, [], "not a readable array"),
            ({"source": "objects.npy"}, [], "not a readable array"),
            ({"target": "in.npy"}, [], "must not contain each other"),
            ({"model": "no.keras"}, [], "File not found"),
            ({"model": words}, [], "has the outputs lookup, y.*--output"),
            ({"model": words}, ["--output", "z"], 'no output "z"; it has lookup, y'),
            ({"model": heads}, [], "has the inputs q, v.*keraunos.parquet"),
            ({}, ["--shard", "2/2"], "counted from 0.*3/4"),
            ({}, ["--batch", "0"], "not a whole number"),
            ({}, ["--replace", "softmax"], "is not NAME=VALUE"),
            ({}, ["--safe-mode", "no"], "neither true nor false"),
        ):
            status, text = self.run_it(*further, **places)
            self.assertIn(status, (1, 2))
            self.assertRegex(text, expected)


class Hashes(unittest.TestCase):
    def test_of_a_folder(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            (folder / "variables").mkdir()
            (folder / "variables" / "data").write_bytes(b"1")
            first = sha256_of(folder)
            (folder / "variables" / "data").rename(folder / "data")
            self.assertNotEqual(first, sha256_of(folder))


if __name__ == "__main__":
    unittest.main()
