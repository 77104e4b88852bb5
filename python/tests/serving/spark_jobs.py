"""keraunos.spark with real pyspark 4.3: in one JVM, and in separate executors of which one is killed."""

import os
import pathlib
import pickle
import signal
import sys
import tempfile
import unittest

import numpy as np
from pyspark.ml.functions import predict_batch_udf
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, FloatType, LongType, StructField, StructType

import keraunos
from folders import EXAMPLE, model_file
from keraunos.spark import make_predict_fn

ROWS, PARTITIONS, BATCH = 20_000, 40, 100


def parent(pid):
    return int(pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Faulty:
    """make_predict_fn that records which executor computed which rows. In the third batch of some worker, once in total,
    `victim` is killed."""

    def __init__(self, folder, victim):
        self.folder, self.victim = folder, victim
        self.factory = make_predict_fn(str(EXAMPLE))

    def __call__(self):
        predict = self.factory()
        executor = parent(os.getppid())  # a worker is a fork of the daemon that the executor started
        calls = []

        def noted(x):
            result = predict(x)
            calls.append(len(x))
            with open(self.folder / f"{executor}-{os.getpid()}", "a") as file:
                file.write("".join(f"{int(value)}\n" for value in x[:, 0]))
            if len(calls) == 3 and self.is_first():
                os.kill({"executor": executor, "worker": os.getpid()}[self.victim], signal.SIGKILL)
            return result

        return noted

    def is_first(self):
        try:
            (self.folder / "killed").touch(exist_ok=False)
        except FileExistsError:
            return False
        (self.folder / "killed").write_text(str(parent(os.getppid()) if self.victim == "executor" else os.getpid()))
        return True


def session(master):
    os.environ.update(PYSPARK_PYTHON=sys.executable, SPARK_LOCAL_IP="127.0.0.1")
    environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "PYTHONDONTWRITEBYTECODE": "1"}
    builder = SparkSession.builder.master(master).appName("keraunos")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.execution.arrow.maxRecordsPerBatch": BATCH,
        "spark.sql.shuffle.partitions": 4,
        "spark.excludeOnFailure.enabled": "false",
        **{f"spark.executorEnv.{key}": text for key, text in environment.items()},
    }.items():
        builder = builder.config(name, value)
    made = builder.getOrCreate()
    made.sparkContext.setLogLevel("OFF")
    return made


def rows(spark):
    number = F.col("id").cast("float")
    return spark.range(0, ROWS, 1, PARTITIONS).withColumn(
        "x", F.array(number, F.sin("id").cast("float"), F.cos("id").cast("float"))
    )


class Cluster(unittest.TestCase):
    master = ""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.spark = session(cls.master)

    @classmethod
    def tearDownClass(cls):
        cls.spark.stop()
        cls.folder.cleanup()

    def collected(self, udf):
        frame = rows(self.spark).withColumn("y", udf("x")).select("id", "x", "y").toPandas()
        self.assertEqual(sorted(frame["id"]), list(range(ROWS)))  # all rows, each once
        x = np.stack(frame["x"].to_numpy())
        np.testing.assert_array_equal(np.stack(frame["y"].to_numpy()), keraunos.load_model(EXAMPLE).predict(x, verbose=0))

    def udf(self, factory):
        return predict_batch_udf(factory, return_type=ArrayType(FloatType()), batch_size=BATCH, input_tensor_shapes=[[3]])

    def with_fault(self, victim):
        folder = pathlib.Path(self.folder.name) / victim
        folder.mkdir()
        self.collected(self.udf(Faulty(folder, victim)))
        self.assertTrue((folder / "killed").exists(), "fault not exercised: nothing was killed")
        killed = (folder / "killed").read_text()
        notes = {path.name: path.read_text().split() for path in folder.iterdir() if path.name != "killed"}
        index = 0 if victim == "executor" else 1
        lost = {number for name, numbers in notes.items() if name.split("-")[index] == killed for number in numbers}
        again = {number for name, numbers in notes.items() if name.split("-")[index] != killed for number in numbers}
        self.assertTrue(lost and lost & again, "fault not exercised: no row of the one that was killed has been computed again")
        self.assertEqual(len(lost | again), ROWS)


class Executors(Cluster):
    master = "local-cluster[2,1,1024]"

    def test_all_rows(self):
        self.collected(self.udf(make_predict_fn(str(EXAMPLE))))

    def test_an_executor_is_killed(self):
        self.with_fault("executor")

    def test_a_worker_is_killed(self):
        self.with_fault("worker")


class OneMachine(Cluster):
    master = "local[2]"

    def test_an_array(self):
        self.collected(self.udf(make_predict_fn(str(EXAMPLE), device="cpu", batch_size=16)))

    def test_numbers_as_columns(self):
        udf = predict_batch_udf(
            make_predict_fn(str(EXAMPLE)), return_type=ArrayType(FloatType()), batch_size=7, input_tensor_shapes=[[3]]
        )
        frame = rows(self.spark).limit(50).select("x", *(F.col("x")[i].alias(f"f{i}") for i in range(3)))
        frame = frame.withColumn("y", udf(F.struct("f0", "f1", "f2"))).toPandas()
        expected = keraunos.load_model(EXAMPLE).predict(np.stack(frame["x"].to_numpy()), verbose=0)
        np.testing.assert_array_equal(np.stack(frame["y"].to_numpy()), expected)

    def test_several_inputs_and_outputs(self):
        model = model_file("ages_heads_k3_12")
        kind = StructType([StructField(name, ArrayType(FloatType())) for name in ("plain", "attention")])
        udf = predict_batch_udf(
            make_predict_fn(str(model), output_names={"heads": "attention"}),
            return_type=kind,
            batch_size=8,
            input_tensor_shapes=[[4, 6], [5, 6]],
        )
        number = F.col("id").cast("float") / 100
        frame = (
            self.spark.range(20)
            .withColumn("q", F.array_repeat(number.cast("float"), 24))
            .withColumn("v", F.array_repeat((number + 1).cast("float"), 30))
        )
        frame = frame.withColumn("y", udf("q", "v")).select("q", "v", "y.*").toPandas()
        plain, heads = keraunos.load_model(model).predict(
            [np.stack(frame["q"]).reshape(-1, 4, 6), np.stack(frame["v"]).reshape(-1, 5, 6)], verbose=0
        )
        np.testing.assert_array_equal(np.stack(frame["plain"]), plain.reshape(20, -1))
        np.testing.assert_array_equal(np.stack(frame["attention"]), heads.reshape(20, -1))

    def test_texts_and_one_of_the_outputs(self):
        model = model_file("string_lookup_adapted_k3")
        udf = predict_batch_udf(
            make_predict_fn(str(model), output="lookup"),
            return_type=ArrayType(LongType()),
            batch_size=8,
            input_tensor_shapes=[[3]],
        )
        frame = (
            self.spark.createDataFrame([(["a", "b", "no such"],), (["b", "a", "c"],)], "x array<string>")
            .withColumn("y", udf("x"))
            .toPandas()
        )
        words = np.array([list(cell) for cell in frame["x"]], object)
        np.testing.assert_array_equal(np.stack(frame["y"]), keraunos.load_model(model).predict(words, verbose=0)[0])

    def test_errors_reach_the_driver(self):
        with self.assertRaisesRegex(Exception, "(?s)no/such.keras on the host .*same on all hosts"):
            rows(self.spark).withColumn("y", self.udf(make_predict_fn("no/such.keras"))("x")).collect()


class Factories(unittest.TestCase):
    def test_what_is_sent_is_small(self):
        self.assertLess(len(pickle.dumps(make_predict_fn(str(EXAMPLE), threads=1))), 1000)

    def test_refusals(self):
        with self.assertRaisesRegex(keraunos.UsageError, "output_names is for several"):
            make_predict_fn(str(EXAMPLE), output="softmax", output_names="p")
        with self.assertRaisesRegex(keraunos.UsageError, 'no output "z"; it has softmax'):
            make_predict_fn(str(EXAMPLE), output="z")()


if __name__ == "__main__":
    unittest.main()
