"""load_model: arguments, refusals and errors. Expected values: those of Keras 3.15 (looked up by running
it)."""

import pathlib
import re
import tempfile
import unittest

import numpy as np

import keraunos
import keraunos as keras
from folders import CASES, EXAMPLE, EXAMPLE_KERAS2, ROOT, model_file


class Package(unittest.TestCase):
    def test_one_version_everywhere(self):
        for name, pattern in (("CMakeLists.txt", r"project\(keraunos VERSION ([0-9.]+)"), ("pyproject.toml", r'(?m)^version = "([0-9.]+)"')):
            self.assertEqual(re.search(pattern, (ROOT / name).read_text(encoding="utf-8")).group(1), keras.__version__)


class Loading(unittest.TestCase):
    def test_the_call_of_the_documentation(self):
        model = keras.models.load_model(str(EXAMPLE))
        x = np.random.default_rng(1).random((10, 3))
        y = model.predict(x, verbose=0)
        kernel, bias = model.get_layer("dense").get_weights()
        logits = x.astype(np.float32) @ kernel + bias
        expected = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        np.testing.assert_allclose(y, expected, rtol=1e-5)
        self.assertEqual(y.dtype, np.float32)

    def test_places_of_load_model(self):
        self.assertIs(keras.models.load_model, keras.load_model)
        self.assertIs(keras.saving.load_model, keras.load_model)

    def test_arguments_by_position_as_in_keras(self):
        self.assertIsInstance(keras.load_model(EXAMPLE, None, False, True), keras.Model)

    def test_missing_file(self):
        for path in ("no/such.keras", "no/such.h5", "no/such"):
            for kind in (ValueError, OSError, FileNotFoundError, keraunos.ModelError):
                with self.assertRaisesRegex(kind, "File not found: filepath=no/such"):
                    keras.load_model(path)

    def test_damaged_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "model.keras"
            path.write_bytes(b"hello")
            for kind in (ValueError, OSError):
                with self.assertRaisesRegex(kind, "is no Keras model"):
                    keras.load_model(path)

    def test_unsupported(self):
        with self.assertRaises(NotImplementedError) as caught:
            keras.load_model(model_file("refuse_lambda_k3"))
        self.assertIsInstance(caught.exception, ValueError)
        layer, class_name, reason = caught.exception.items[0]
        self.assertEqual(class_name, "Lambda")
        self.assertTrue(layer and reason)

    def test_unknown_options(self):
        for option in ({"device": "tpu"}, {"precision": "float8"}, {"hdf5": "h5py"}, {"device": "cuda:x"}):
            with self.assertRaisesRegex(ValueError, "is not known; expected"):
                keras.load_model(EXAMPLE, **option)
        with self.assertRaises(TypeError):
            keras.load_model(EXAMPLE, optimizer="adam")

    def test_frozen_graph(self):
        folder = CASES / "function_frozen_session_chosen"
        model = keraunos.load_model(folder / "frozen_graph.pb", signature="best:1,add")
        inputs = dict(np.load(folder / "inputs.npz"))
        found = model.predict(inputs, verbose=0)
        with np.load(folder / "outputs.npz") as expected:
            np.testing.assert_array_equal(found["best:1"], expected["best:1"])
            np.testing.assert_allclose(found["add"], expected["add"], rtol=1e-4, atol=1e-5)
        with self.assertRaisesRegex(ValueError, "absent"):
            keraunos.load_model(folder / "frozen_graph.pb", signature="absent")

    def test_replace(self):
        model = keras.load_model(EXAMPLE, replace={"softmax": "x * 2"})
        x = np.ones((2, 3), np.float32)
        kernel, bias = model.get_layer("dense").get_weights()
        np.testing.assert_allclose(model.predict(x, verbose=0), (x @ kernel + bias) * 2, rtol=1e-5)

    def test_recipe(self):
        path = CASES / "recipe_text_k3" / "model.keras"
        with self.assertRaisesRegex(keras.UnsupportedError, "--recipe keras_io"):
            keras.load_model(path)
        with self.assertRaisesRegex(keras.UsageError, 'no recipe "keras"'):
            keras.load_model(path, recipe="keras")
        x = np.zeros((2, 6), np.int32)
        y = keras.load_model(path, recipe="keras_io").predict(x, verbose=0)
        np.testing.assert_array_equal(keras.load_model(path, recipe=["vit_keras", "keras_io"]).predict(x, verbose=0), y)

    def test_custom_objects_that_the_file_does_not_use_are_taken(self):
        class Unused:
            pass

        self.assertIsInstance(keras.load_model(EXAMPLE, custom_objects={"Unused": Unused}), keras.Model)

    def test_a_custom_loss_is_an_expression(self):
        path = model_file("evaluate_custom_whole_k3")
        with self.assertRaisesRegex(NotImplementedError, "compile"):
            keras.load_model(path)
        keras.load_model(path, compile=False).predict(np.ones((4, 4), "float32"), verbose=0)
        model = keras.load_model(path, custom_objects={"whole": "K.mean(K.square(y_true - y_pred))"})
        scores = model.evaluate(np.ones((4, 4), "float32"), np.zeros((4, 3), "float32"), verbose=0, return_dict=True)
        np.testing.assert_allclose(scores["loss"], scores["mse"], rtol=1e-6)

    def test_custom_objects_that_would_be_used_are_refused(self):
        class Dense:  # otherwise the built-in one would be computed
            pass

        with self.assertRaisesRegex(NotImplementedError, "'Dense'.*does not run Python code"):
            keras.load_model(EXAMPLE, custom_objects={"Dense": Dense})
        with self.assertRaisesRegex(ValueError, "must be a dictionary"):
            keras.load_model(EXAMPLE, custom_objects=[Dense])


class OldFiles(unittest.TestCase):
    def test_keras2(self):
        x = np.ones((2, 3))
        self.assertEqual(keras.load_model(EXAMPLE_KERAS2).predict(x, verbose=0).shape, (2, 5))


if __name__ == "__main__":
    unittest.main()
