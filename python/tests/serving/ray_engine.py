"""keraunos.batch.Predictor in real Ray Data (ray 2.60): one machine, an actor that is killed, a machine that is killed."""

import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

os.environ.update(RAY_AUTH_MODE="disabled", RAY_USAGE_STATS_ENABLED="0", RAY_DATA_DISABLE_PROGRESS_BARS="1")

if "RAY_TMPDIR" not in os.environ:  # Ray's workers import this file too, with the environment of the test
    # The folder of Ray's logs and of the address of the last cluster.
    RAY_FOLDER = tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True)
    os.environ["RAY_TMPDIR"] = RAY_FOLDER.name

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import ray
import ray.data

import keraunos
from folders import EXAMPLE, ROOT
from keraunos.batch import Predictor

ROWS, BLOCKS = 200_000, 40  # blocks above 100 KiB are stored on the machine that made them, and are lost with it
STORE = 200 << 20  # bytes of an object store


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Faulty(Predictor):
    """Records which process of which raylet computed which rows. In the third batch of some actor, once in total, `victim` is
    killed; no process below `spared` is killed."""

    def __init__(self, folder, victim, spared, **arguments):
        super().__init__(**arguments)
        self.folder, self.victim, self.spared = pathlib.Path(folder), victim, spared
        self.raylet, self.calls = os.getppid(), 0

    def __call__(self, batch):
        result = super().__call__(batch)
        self.calls += 1
        with open(self.folder / f"{self.raylet}-{os.getpid()}", "a") as file:
            file.write("".join(f"{number}\n" for number in batch["id"]))
        if self.calls == 3 and parent(self.raylet) != self.spared and self.is_first():
            if self.victim == "raylet":
                os.kill(self.raylet, signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)  # the processes of a lost machine are lost with it
        return result

    def is_first(self):
        try:
            (self.folder / "killed").touch(exist_ok=False)
        except FileExistsError:
            return False
        (self.folder / "killed").write_text(str(self.raylet if self.victim == "raylet" else os.getpid()))
        return True


class Data(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        (self.path / "notes").mkdir()
        self.x = np.random.default_rng(1).random((ROWS, 3), np.float32)

    def blocks(self):
        """In as many blocks as there would be files; small files would be read as one."""
        x = self.x
        return ray.data.range(ROWS, override_num_blocks=BLOCKS).map_batches(
            lambda batch: {**batch, "input_layer": x[batch["id"]]}, batch_size=None
        )

    def predicted(self, dataset, predictor, actors, **arguments):
        dataset = dataset.map_batches(
            predictor,
            fn_constructor_kwargs={"model": str(EXAMPLE), **arguments},
            batch_size=1000,
            batch_format="numpy",
            zero_copy_batch=True,
            num_cpus=0.5,
            compute=ray.data.ActorPoolStrategy(size=actors),
        )
        dataset.write_parquet(str(self.path / "out"))
        table = pq.read_table(self.path / "out", columns=["id", "softmax"]).to_pandas().sort_values("id")
        self.assertEqual(table["id"].tolist(), list(range(ROWS)))  # all rows, each once
        np.testing.assert_array_equal(
            np.stack(table["softmax"].to_numpy()), keraunos.load_model(EXAMPLE).predict(self.x, verbose=0)
        )

    def assert_computed_again(self, victim):
        self.assertTrue((self.path / "notes" / "killed").exists(), "fault not exercised: nothing was killed")
        killed = (self.path / "notes" / "killed").read_text()
        index = {"raylet": 0, "actor": 1}[victim]
        lost, others = set(), set()
        for path in (self.path / "notes").iterdir():
            if path.name != "killed":
                (lost if path.name.split("-")[index] == killed else others).update(path.read_text().split())
        self.assertTrue(lost and lost & others, "fault not exercised: no row of the one that was killed has been computed again")
        self.assertEqual(len(lost | others), ROWS)


class OneMachine(Data):
    @classmethod
    def setUpClass(cls):
        ray.init(address="local", num_cpus=3, num_gpus=0, object_store_memory=STORE, include_dashboard=False, log_to_driver=False)

    @classmethod
    def tearDownClass(cls):
        ray.shutdown()

    def test_all_rows(self):
        (self.path / "in").mkdir()
        for i, part in enumerate(np.split(np.arange(ROWS), BLOCKS)):
            column = pa.FixedSizeListArray.from_arrays(pa.array(self.x[part].reshape(-1)), 3)
            pq.write_table(pa.table({"id": part, "input_layer": column}), self.path / "in" / f"{i}.parquet")
        self.predicted(ray.data.read_parquet(str(self.path / "in")), Predictor, 2)

    def test_the_example(self):
        """Runs examples/ray/predict_parquet.py, as its comment tells a user to, in this cluster."""
        numbers = {name: self.x[:1000, i] for i, name in enumerate("abc")}
        pq.write_table(pa.table({"id": np.arange(1000), **numbers}), self.path / "in.parquet")
        script = ROOT / "examples" / "ray" / "predict_parquet.py"
        command = [sys.executable, script, self.path / "in.parquet", self.path / "out", "--model", EXAMPLE, "--input", "a,b,c"]
        environment = {**os.environ, "RAY_ADDRESS": ray.get_runtime_context().gcs_address}
        done = subprocess.run([*map(str, command), "--actors", "2"], env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, "out: 1000 rows")
        table = pq.read_table(self.path / "out").to_pandas().sort_values("id")
        expected = keraunos.load_model(EXAMPLE).predict(self.x[:1000], verbose=0)
        np.testing.assert_array_equal(np.stack(table["softmax"].to_numpy()), expected)
        again = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True)
        self.assertNotEqual(again.returncode, 0)  # rows of two runs must not be in one folder

    def test_an_actor_is_killed(self):
        self.predicted(self.blocks(), Faulty, 2, folder=str(self.path / "notes"), victim="actor", spared=0)
        self.assert_computed_again("actor")

    def test_batches_in_memory(self):
        dataset = ray.data.from_numpy(self.x[:500])
        rows = dataset.map_batches(
            Predictor,
            fn_constructor_kwargs={"model": str(EXAMPLE), "output_names": "p"},
            batch_size=64,
            compute=ray.data.ActorPoolStrategy(size=1),
        ).take_all()
        self.assertEqual({row["p"].shape for row in rows}, {(5,)})
        self.assertEqual(len(rows), 500)

    def test_errors_reach_the_driver(self):
        dataset = ray.data.from_numpy(self.x[:10]).add_column("id", lambda batch: np.arange(len(batch)))
        with self.assertRaisesRegex(Exception, '(?s)no column has the name of the input "input_layer"'):
            dataset.map_batches(
                Predictor, fn_constructor_kwargs={"model": str(EXAMPLE)}, compute=ray.data.ActorPoolStrategy(size=1)
            ).take_all()


class Machines(Data):
    """A head that also computes, and a second raylet that is killed."""

    def start(self, *arguments):
        """`ray start`, stopped at the end of this test."""
        command = [
            sys.executable,
            "-m",
            "ray.scripts.scripts",
            "start",
            "--block",
            "--node-ip-address=127.0.0.1",
            f"--object-store-memory={STORE}",
            *arguments,
        ]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, process)
        return process.pid

    def end(self, process):
        process.terminate()
        process.wait(timeout=60)

    def test_a_machine_is_killed(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        address = f"127.0.0.1:{port}"
        head = self.start("--head", f"--port={port}", "--num-cpus=3", "--num-gpus=0", "--include-dashboard=false")
        self.wait(lambda: socket.create_connection(("127.0.0.1", port), 1).close())
        self.start(f"--address={address}", "--num-cpus=2", "--num-gpus=0")
        self.addCleanup(ray.shutdown)
        self.wait(lambda: ray.init(address=address, log_to_driver=False))
        self.wait(lambda: self.assertEqual(sum(node["Alive"] for node in ray.nodes()), 2))
        # Fewer actors than remaining CPUs, so that the tasks before and after them get one.
        self.predicted(self.blocks(), Faulty, 4, folder=str(self.path / "notes"), victim="raylet", spared=head)
        self.assert_computed_again("raylet")

    def wait(self, ready):
        """Repeats until it does not fail, at most a minute."""
        pause = threading.Event()
        for _ in range(120):
            try:
                return ready()
            except (OSError, AssertionError, RuntimeError):
                pause.wait(0.5)
        ready()


if __name__ == "__main__":
    unittest.main()
