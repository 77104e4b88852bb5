"""keraunos.batch.Predictor as Ray Data calls it: columns in, columns out. Tests with Ray itself: serving/ray_engine.py."""

import inspect
import os
import pickle
import unittest
from unittest import mock

import numpy as np

import keraunos
from folders import EXAMPLE, model_file
from keraunos.batch import Predictor
from keraunos.columns import Columns

HEADS = model_file("ages_heads_k3_12")
ROWS = np.random.default_rng(3).random((40, 3), np.float32)


def expected(model, x):
    return keraunos.load_model(model).predict(x, verbose=0)


class Calls(unittest.TestCase):
    def test_outputs_stand_beside_the_columns(self):
        batch = {"id": np.arange(40), "input_layer": ROWS}
        result = Predictor(EXAMPLE)(batch)
        self.assertEqual(list(result), ["id", "input_layer", "softmax"])
        self.assertIs(result["id"], batch["id"])
        np.testing.assert_array_equal(result["softmax"], expected(EXAMPLE, ROWS))
        self.assertEqual(list(batch), ["id", "input_layer"])

    def test_read_only_views(self):
        wide = np.zeros((40, 7), np.float32)
        wide[:, 2:5] = ROWS
        for x in (np.frombuffer(ROWS.tobytes(), np.float32).reshape(40, 3), wide[:, 2:5], np.asfortranarray(ROWS)):
            x.flags.writeable = False
            np.testing.assert_array_equal(Predictor(EXAMPLE)({"input_layer": x})["softmax"], expected(EXAMPLE, ROWS))

    def test_columns_by_other_names(self):
        for input_columns in ("x", {"input_layer": "x"}, ["a", "b", "c"], {"input_layer": ("a", "b", "c")}):
            batch = {"id": np.arange(40), "x": ROWS, **{name: ROWS[:, i] for i, name in enumerate("abc")}}
            result = Predictor(EXAMPLE, input_columns=input_columns)(batch)
            np.testing.assert_array_equal(result["softmax"], expected(EXAMPLE, ROWS))

    def test_the_only_column_is_the_only_input(self):
        self.assertEqual(list(Predictor(EXAMPLE)({"anything": ROWS})), ["anything", "softmax"])

    def test_cells_that_are_arrays(self):
        cells = np.empty(40, object)
        cells[:] = list(ROWS)
        np.testing.assert_array_equal(Predictor(EXAMPLE)({"x": cells})["softmax"], expected(EXAMPLE, ROWS))

    def test_several_inputs_and_outputs(self):
        q, v = (np.random.default_rng(i).random((9, 4 + i, 6), np.float32) for i in range(2))
        plain, heads = expected(HEADS, [q, v])
        # In the form in which Spark and Parquet store tensors.
        flat = {"v": v.reshape(9, -1), "q": q.reshape(9, -1), "id": np.arange(9)}
        for batch in ({"q": q, "v": v}, flat):
            result = Predictor(HEADS, output_names={"heads": "attention"})(batch)
            np.testing.assert_array_equal(result["plain"], plain)
            np.testing.assert_array_equal(result["attention"], heads)
        self.assertEqual(list(Predictor(HEADS, output_names=["a", "b"])({"q": q, "v": v})), ["q", "v", "a", "b"])

    def test_strings(self):
        words = np.array([["a", "b", "no such"]], object)
        model = model_file("string_lookup_adapted_k3")
        np.testing.assert_array_equal(Predictor(model)({"x": words})["lookup"], expected(model, words)[0])

    def test_no_rows(self):
        result = Predictor(EXAMPLE)({"id": np.arange(0), "input_layer": np.empty(0, object)})
        self.assertEqual((result["softmax"].shape, result["softmax"].dtype), ((0, 5), np.float32))

    def test_batch_size_and_options(self):
        result = Predictor(EXAMPLE, batch_size=7, replace={"softmax": "x * 2"}, device="cpu")({"input_layer": ROWS})
        logits = keraunos.load_model(EXAMPLE).with_outputs("dense").predict(ROWS, verbose=0)
        np.testing.assert_array_equal(result["softmax"], logits * 2)


class Refusals(unittest.TestCase):
    def refused(self, words, batch, *arguments, kind=keraunos.UsageError, **options):
        with self.assertRaisesRegex(kind, words):
            Predictor(*arguments, **options)(batch)

    def test_names_of_outputs(self):
        batch = {"input_layer": ROWS, "softmax": ROWS}
        self.refused("a column \"softmax\" already.*output_names={'softmax': 'softmax_predicted'}", batch, EXAMPLE)
        self.refused('a column "input_layer" already', batch, EXAMPLE, output_names="input_layer")
        self.refused('"probabilities".*outputs are "softmax"', batch, EXAMPLE, output_names={"probabilities": "p"})
        self.refused("has 2 names; the model has 1 outputs", batch, EXAMPLE, output_names=["a", "b"])
        self.refused('several outputs the name "plain"', {}, HEADS, output_names={"heads": "plain"})
        self.refused("must contain texts", {}, EXAMPLE, output_names=[None])

    def test_names_of_inputs(self):
        batch = {"id": np.arange(40), "x": ROWS}
        self.refused(
            'no column has the name of the input "input_layer".*"id", "x".*input_columns={\'input_layer\': \'x\'}', batch, EXAMPLE
        )
        self.refused('no column "y", which input_columns names; it has "id", "x"', batch, EXAMPLE, input_columns="y")
        self.refused('input_columns names "y"; the model\'s inputs are "input_layer"', batch, EXAMPLE, input_columns={"y": "x"})
        self.refused('does not state the input.*"q", "v"', {}, HEADS, input_columns="x")
        self.refused("expected a name or a list", batch, EXAMPLE, input_columns={"input_layer": 3})
        self.refused('"x" cannot be stacked', batch, EXAMPLE, input_columns=["id", "x"])

    def test_values(self):
        ragged = np.empty(2, object)
        ragged[:] = [np.zeros(3), np.zeros(4)]
        self.refused(r'"input_layer" has arrays of several shapes, such as \(3,\) and \(4,\)', {"input_layer": ragged}, EXAMPLE)
        self.refused("must be a dictionary of columns, found ndarray.*batch_format", ROWS, EXAMPLE)

    def test_models(self):
        self.refused("is stateful.*no order", {}, model_file("batches_stateful_lstm_k3"), kind=NotImplementedError)
        self.refused("File not found.*on the host .*same on all hosts", {}, "no/such.keras", kind=FileNotFoundError)
        self.refused("cannot be given with a loaded model", {}, keraunos.load_model(EXAMPLE), device="cpu")
        with self.assertRaises(TypeError):
            Predictor(EXAMPLE, optimizer="adam")


class Workers(unittest.TestCase):
    def test_arguments_are_pickled_and_small(self):
        arguments = {"model": str(EXAMPLE), "input_columns": ["a", "b"], "output_names": {"softmax": "p"}, "threads": 2}
        self.assertEqual(pickle.loads(pickle.dumps((Predictor, arguments))), (Predictor, arguments))
        self.assertLessEqual(set(arguments), set(inspect.signature(Predictor).parameters))
        self.assertLess(len(pickle.dumps(keraunos.load_model(EXAMPLE))), 1000)

    def test_threads_of_the_environment(self):
        with mock.patch("keraunos.loading.load_model", wraps=keraunos.load_model) as loading:
            for text, threads in (("3", 3), ("2,4", 0), ("", 0)):
                with mock.patch.dict(os.environ, OMP_NUM_THREADS=text):
                    Predictor(EXAMPLE)
                self.assertEqual(loading.call_args.kwargs["threads"], threads)
            with mock.patch.dict(os.environ, OMP_NUM_THREADS="3"):
                Predictor(EXAMPLE, threads=1)
            self.assertEqual(loading.call_args.kwargs["threads"], 1)

    def test_a_loaded_model(self):
        model = keraunos.load_model(EXAMPLE)
        self.assertIs(Predictor(model).model, model)


class Names(unittest.TestCase):
    def test_read_says_which_columns_are_needed(self):
        columns = Columns(keraunos.load_model(EXAMPLE), ["a", "b", "c"])
        self.assertEqual(columns.read(["id", "a", "b", "c"]), [["a", "b", "c"]])
        self.assertEqual(columns.added, ["softmax"])


if __name__ == "__main__":
    unittest.main()
