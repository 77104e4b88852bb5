"""Members of Keras's Model, models and saving that scripts use when they predict. Expected values: those of Keras 3.15 (looked up by
running it)."""

import json
import pathlib
import pickle
import tempfile
import unittest

import numpy as np

import keraunos as keras
from folders import EXAMPLE, model_file


class Names(unittest.TestCase):
    def setUp(self):
        self.model = keras.load_model(EXAMPLE)
        self.x = np.random.default_rng(5).random((4, 3), np.float32)
        self.y = self.model.predict(self.x, verbose=0)

    def test_input_and_output(self):
        self.assertEqual(self.model.input.shape, (None, 3))
        self.assertEqual(self.model.output.shape, (None, 5))
        self.assertTrue(self.model.built)
        self.assertFalse(self.model.compiled)
        self.assertTrue(keras.load_model(model_file("evaluate_confusion_k3")).compiled)
        by_name = keras.load_model(model_file("ages_dictionaries_k3_12"))
        self.assertEqual(set(by_name.output), {"tall", "average"})

    def test_what_is_not_here_says_what_serves(self):
        calls = {"fit": "does not train", "train_on_batch": "does not train", "compile": "no compile\\(\\) to predict", "save_weights": "writes the weights",
                 "export": "save\\(", "quantize": 'quantize="int8"'}
        for name, words in calls.items():
            with self.assertRaisesRegex(NotImplementedError, f"{name}\\(\\) is not supported: .*{words}"):
                getattr(self.model, name)()
        with self.assertRaises(AttributeError):
            self.model.no_such_name

    def test_save_and_load_weights_of_modules(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "again.keras"
            keras.models.save_model(self.model, path)
            again = keras.saving.load_model(path)
            np.testing.assert_array_equal(again.predict(self.x, verbose=0), self.y)
            again.set_weights([weight * 0 for weight in again.get_weights()])
            keras.saving.load_weights(again, path)
            np.testing.assert_array_equal(again.predict(self.x, verbose=0), self.y)
            with self.assertRaises(ValueError):
                keras.saving.save_model(self.model, path, overwrite=False)

    def test_one_batch_of_evaluate(self):
        folder = model_file("evaluate_confusion_k3").parent
        model = keras.load_model(folder / "model.keras")
        with np.load(folder / "inputs.npz") as x, np.load(folder / "y.npz") as y:
            x, y = [x[name] for name in x.files], [y[name] for name in y.files]
        whole = model.evaluate(x, y, batch_size=len(x[0]), verbose=0)
        for found, expected in zip(model.test_on_batch(x, y), whole, strict=True):
            np.testing.assert_array_equal(found, expected)
        self.assertEqual(model.test_on_batch(x, y, return_dict=True)["loss"], whole[0])
        with self.assertRaises(NotImplementedError):
            model.test_on_batch(x)


class FromJson(unittest.TestCase):
    def setUp(self):
        self.x = np.random.default_rng(6).random((4, 3), np.float32)
        self.model = keras.load_model(EXAMPLE)

    def test_weights_come_later(self):
        model = keras.models.model_from_json(self.model.to_json())
        for use in (lambda: model.predict(self.x), lambda: model.name, model.get_weights, lambda: pickle.dumps(model)):
            with self.assertRaisesRegex(ValueError, "call load_weights\\(\\) before"):
                use()
        self.assertIsNone(model.load_weights(EXAMPLE))
        np.testing.assert_array_equal(model.predict(self.x, verbose=0), self.model.predict(self.x, verbose=0))
        self.assertIs(type(model), keras.Model)
        again = pickle.loads(pickle.dumps(model))
        np.testing.assert_array_equal(again.predict(self.x, verbose=0), model.predict(self.x, verbose=0))

    def test_a_file_of_keras(self):
        folder = model_file("doc_example_k3_json").parent
        weights = next(path for path in folder.iterdir() if path.name.endswith((".h5", ".hdf5")))
        model = keras.models.model_from_json((folder / "model.json").read_text(), device="cpu")
        model.load_weights(weights)
        self.assertEqual(model.predict(self.x, verbose=0).shape, (4, 5))

    def test_refused(self):
        for text in ("hello", "[]", '{"layers": []}', None):
            with self.assertRaisesRegex(ValueError, "model_from_json takes"):
                keras.models.model_from_json(text)
        model = keras.models.model_from_json(self.model.to_json(indent=1))
        with self.assertRaisesRegex(ValueError, "must find all weights"):
            model.load_weights(EXAMPLE, skip_mismatch=True)
        with self.assertRaises(ValueError):
            model.load_weights("no/such.h5")
        self.assertEqual(json.loads(self.model.to_json())["class_name"], "Sequential")


if __name__ == "__main__":
    unittest.main()
