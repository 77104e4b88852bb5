"""Accepted inputs and their conversions. Expected values: those of Keras 3.15's predict() (looked up by running it)."""

import unittest
import warnings

import numpy as np

import keraunos as keras
from folders import CASES, EXAMPLE, model_file


class OneInput(unittest.TestCase):
    def setUp(self):
        self.model = keras.load_model(EXAMPLE)
        self.x = (np.random.default_rng(3).random((6, 3)) * 4).astype(np.float32)
        self.y = self.predict(self.x)

    def predict(self, x):
        return self.model.predict(x, verbose=0)

    def test_dtypes(self):
        for dtype in ("i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", ">f4", ">i2", "longdouble", "bool"):
            x = self.x.astype(dtype)
            np.testing.assert_array_equal(self.predict(x), self.predict(x.astype(np.float32)), err_msg=dtype)

    def test_doubles_become_float32_first(self):
        x = self.x.astype(np.float64) + 1e-12  # lost in float32
        np.testing.assert_array_equal(self.predict(x), self.y)

    def test_memory_layouts(self):
        fixed = self.x.copy()
        fixed.flags.writeable = False
        wide = np.repeat(np.repeat(self.x, 2, 0), 2, 1)
        layouts = [fixed, np.asfortranarray(self.x), wide[::2, ::2], self.x[::-1][::-1], memoryview(self.x)]
        for x in layouts:
            np.testing.assert_array_equal(self.predict(x), self.y)
        with self.assertRaises(ValueError):
            fixed[0, 0] = 1  # unchanged

    def test_unaligned(self):
        raw = np.zeros(self.x.nbytes + 1, np.uint8)
        raw[1:] = self.x.view(np.uint8).reshape(-1)
        x = raw[1:].view(np.float32).reshape(self.x.shape)
        np.testing.assert_array_equal(self.predict(x), self.y)

    def test_lists(self):
        for x in (self.x.tolist(), list(self.x), tuple(self.x), [self.x], (self.x,), {"input_layer": self.x}):
            np.testing.assert_array_equal(self.predict(x), self.y)

    def test_dlpack(self):
        class Tensor:  # offers its memory like tensors of other libraries
            def __init__(self, array, device=(1, 0)):
                self.array, self.device = array, device

            def __dlpack__(self, **arguments):
                return self.array.__dlpack__()

            def __dlpack_device__(self):
                return self.device

        np.testing.assert_array_equal(self.predict(Tensor(self.x)), self.y)
        with self.assertRaisesRegex(ValueError, "lies on a device, but this model runs on the cpu"):
            self.predict(Tensor(self.x, (2, 0)))
        with self.assertRaisesRegex(NotImplementedError, r"is on a device \(DLPack's kind 8\)"):
            self.predict(Tensor(self.x, (8, 0)))
        columns = np.asfortranarray(self.x)
        np.testing.assert_array_equal(self.predict(Tensor(columns)), self.y)
        twice = np.repeat(self.x, 2, axis=1)[:, ::2]
        np.testing.assert_array_equal(self.predict(Tensor(twice)), self.y)

    def test_results_are_ours_to_write(self):
        y = self.predict(self.x)
        y[:] = 0
        self.assertTrue(y.flags.writeable)
        np.testing.assert_array_equal(self.predict(self.x), self.y)

    def test_no_rows(self):
        self.assertEqual(self.predict(self.x[:0]).shape, (0, 5))

    def test_refused(self):
        masked = np.ma.masked_array(self.x, mask=self.x > 1)
        refused = [
            (self.x[:, :2], "3"),
            (self.x[0], "the first axis counts samples"),
            (None, "is None"),
            (masked, "masked array"),
            (self.x.astype(np.complex64), "complex64"),
            (self.x.astype("datetime64[s]"), "datetime64"),
            (self.x.astype(object), "array of objects"),
            ([[1.0, 2.0, 3.0], [1.0]], "cannot be converted to an array: .*inhomogeneous"),
            (np.array([["a", "b", "c"]]), "string"),
            ({"other": self.x}, '"input_layer" is missing'),
        ]
        for x, words in refused:
            with self.assertRaisesRegex(ValueError, words):
                self.predict(x)


class Doubles(unittest.TestCase):
    def test_predict_rounds_them_to_float32_and_a_call_does_not(self):
        folder = CASES / "ordering_float64_k3"
        model = keras.load_model(folder / "model.keras")
        with np.load(folder / "inputs.npz") as stored:
            x = stored[stored.files[0]] + 1e-12
        rounded = model.predict(x.astype(np.float32), verbose=0)[0]
        np.testing.assert_array_equal(model.predict(x, verbose=0)[0], rounded)
        self.assertFalse(np.array_equal(model(x)[0], rounded))
        self.assertFalse(np.array_equal(model.predict_on_batch(x)[0], rounded))


class WholeNumbers(unittest.TestCase):
    def test_fractions_are_cut_off(self):
        folder = CASES / "int8_embedding_k3"
        model = keras.load_model(folder / "model.keras")
        with np.load(folder / "inputs.npz") as x, np.load(folder / "outputs.npz") as y:
            ids, golden = x[x.files[0]], y[y.files[0]]
        self.assertIn(model.inputs[0].dtype, ("int32", "int64"))
        for given in (ids + 0.75, ids.astype(np.float32) + np.float32(0.25), ids.astype(np.uint8), ids.astype(np.int64)):
            np.testing.assert_allclose(model.predict(given, verbose=0), golden, rtol=1e-5)
            np.testing.assert_allclose(model(given).numpy(), golden, rtol=1e-5)


class SeveralInputs(unittest.TestCase):
    def setUp(self):
        self.folder = CASES / "topology_dictionaries_k3"
        self.model = keras.load_model(self.folder / "model.keras")
        with np.load(self.folder / "inputs.npz") as stored:
            self.x = {name: stored[name] for name in stored.files}
        self.y = self.model.predict(self.x, verbose=0)

    def same(self, results):
        self.assertEqual(set(results), set(self.y))
        for name, golden in self.y.items():
            np.testing.assert_array_equal(results[name], golden)

    def test_nothing_is_said_where_all_is_taken(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            self.same(self.model.predict(self.x, verbose=0))

    def test_list_in_the_models_order(self):
        self.same(self.model.predict([self.x[spec.name] for spec in self.model.inputs], verbose=0))

    def test_names_of_input_layers(self):
        self.same(self.model.predict(dict(zip(self.model.input_names, self.x.values())), verbose=0))

    def test_left_out_keys_are_said(self):
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            self.same(self.model.predict({**self.x, "unrelated": np.ones(3)}, verbose=0))
        self.assertIn("'unrelated': ignored", str(said[0].message))

    def test_refused(self):
        first, *others = self.x
        with self.assertRaisesRegex(ValueError, f'"{first}" is missing'):
            self.model.predict({name: self.x[name] for name in others})
        with self.assertRaisesRegex(ValueError, "inputs, found a list of 1"):
            self.model.predict([self.x[first]])
        with self.assertRaisesRegex(ValueError, "expected a list or a dictionary"):
            self.model.predict(self.x[first])
        with self.assertRaises(ValueError):  # different numbers of rows
            self.model.predict({**self.x, first: self.x[first][:1]})


class Strings(unittest.TestCase):
    def setUp(self):
        folder = CASES / "string_lookup_embedding_k3"
        self.model = keras.load_model(folder / "model.keras")
        with np.load(folder / "inputs.npz") as x, np.load(folder / "outputs.npz") as y:
            self.x, self.y = x[x.files[0]], y[y.files[0]]

    def test_kinds(self):
        texts = np.char.decode(self.x, "utf-8")
        for x in (self.x, texts, texts.astype(object), self.x.astype(object), texts.tolist(), np.asfortranarray(texts)):
            np.testing.assert_allclose(self.model.predict(x, verbose=0), self.y, rtol=1e-5)

    def test_numbers_are_refused(self):
        with self.assertRaises(ValueError):
            self.model.predict(np.ones(self.x.shape), verbose=0)
        mixed = np.char.decode(self.x, "utf-8").astype(object)
        mixed.reshape(-1)[0] = 7
        with self.assertRaisesRegex(ValueError, "found int"):
            self.model.predict(mixed, verbose=0)


class Frames(unittest.TestCase):
    def setUp(self):
        try:
            import pandas
        except ImportError:
            self.skipTest("pandas is not installed")
        self.pandas = pandas

    def test_one_input(self):
        model = keras.load_model(EXAMPLE)
        frame = self.pandas.DataFrame({"a": [1.0, 2.0], "b": [3, 4], "c": [True, False]})
        expected = model.predict(np.array([[1, 3, 1], [2, 4, 0]], np.float32), verbose=0)
        np.testing.assert_array_equal(model.predict(frame, verbose=0), expected)

    def test_columns_by_name(self):
        columns, golden = of_columns()
        frame = self.pandas.DataFrame({name: list(values) for name, values in reversed(columns.items())})
        results = keras.load_model(model_file("hashing_crossing_k3")).predict(frame, verbose=0)
        for result, expected in zip(results, golden.values()):
            np.testing.assert_array_equal(result, expected)


class Columns(unittest.TestCase):
    def test_by_name(self):
        columns, golden = of_columns()
        results = keras.load_model(model_file("hashing_crossing_k3")).predict_columns({name: list(values) for name, values in columns.items()})
        self.assertEqual(list(results), list(golden))
        for name, expected in golden.items():
            np.testing.assert_array_equal(results[name], expected)


def of_columns():
    """The columns of three inputs of width 1, as in a table, and the predictions."""
    folder = CASES / "hashing_crossing_k3"
    with np.load(folder / "inputs.npz") as x, np.load(folder / "outputs.npz") as y:
        columns = {name: x[name][:, 0] for name in x.files}
        columns = {name: np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values for name, values in columns.items()}
        return columns, {name: y[name] for name in y.files}


if __name__ == "__main__":
    unittest.main()
