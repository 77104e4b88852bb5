"""Names, arguments, results and errors of the Keras-like interface. Expected values: those of Keras 3.15 (looked up by running
it)."""

import contextlib
import io
import json
import os
import pathlib
import re
import tempfile
import unittest

import numpy as np

import keraunos
import keraunos as keras
from folders import CASES, EXAMPLE, EXAMPLE_KERAS2, ROOT, model_file
from keraunos.specs import pack, structure_of


def printed(call):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        call()
    return out.getvalue()


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


class Facts(unittest.TestCase):
    def setUp(self):
        self.model = keras.load_model(EXAMPLE)

    def test_names_and_shapes(self):
        self.assertEqual(self.model.name, "sequential")
        self.assertEqual(self.model.input_shape, (None, 3))
        self.assertEqual(self.model.output_shape, (None, 5))
        self.assertEqual(self.model.inputs[0].dtype, "float32")
        self.assertEqual([layer.name for layer in self.model.layers], ["dense", "softmax"])
        self.assertEqual(self.model.count_params(), 20)
        self.assertEqual(self.model.get_config()["layers"][1]["class_name"], "Dense")

    def test_several_inputs_and_outputs(self):
        model = keras.load_model(model_file("ages_dictionaries_k3_12"))
        self.assertEqual(set(model.input_names), {"b", "z"})
        self.assertEqual(set(model.output_names), {"tall", "average"})
        self.assertIsInstance(model.input_shape, list)

    def test_layers(self):
        dense = self.model.get_layer("dense")
        self.assertEqual(repr(dense), "<Dense name=dense>")
        self.assertEqual(dense.kernel.shape, (3, 5))
        self.assertEqual(dense.bias.numpy().tolist(), dense.get_weights()[1].tolist())
        self.assertEqual([weight.name for weight in dense.weights], ["kernel", "bias"])
        self.assertEqual(dense.weights[0].path, "dense/kernel")
        self.assertEqual(dense.get_config()["units"], 5)
        self.assertEqual(self.model.get_layer(index=-1).name, "softmax")
        self.assertEqual([w.shape for w in self.model.get_weights()], [(3, 5), (5,)])
        with self.assertRaisesRegex(AttributeError, 'layer "dense".*has no "gamma"; its weights: kernel, bias'):
            dense.gamma

    def test_weights_of_layers_inside_layers(self):
        shapes = [weight.shape for weight in keras.load_model(model_file("time_distributed_embedding_k3")).get_weights()]
        self.assertEqual(shapes, [(5, 4), (4, 16), (4, 16), (16,), (4, 12), (3, 12), (12,)])  # in Keras's order

    def test_get_layer_refuses_what_keras_refuses(self):
        for arguments in ((), ("dense", 0), ("dence",), (None, 9)):
            with self.assertRaises(ValueError):
                self.model.get_layer(*arguments)
        with self.assertRaisesRegex(ValueError, "dense"):
            self.model.get_layer("dence")

    def test_weights_are_copies(self):
        self.model.get_layer("dense").kernel[:] = 0
        self.assertTrue(self.model.get_layer("dense").kernel.any())

    def test_summary(self):
        lines = []
        self.assertIsNone(self.model.summary(print_fn=lines.append))
        self.assertIn("Total params: 20 (80.00 B)", lines[0])
        self.assertEqual(printed(self.model.summary), lines[0] + "\n")
        self.model.summary(line_length=100, print_fn=lines.append)
        self.assertGreater(max(map(len, lines[1].splitlines())), max(map(len, lines[0].splitlines())))
        with self.assertRaisesRegex(NotImplementedError, "expand_nested=True is not supported"):
            self.model.summary(expand_nested=True)

    def test_html(self):
        text = self.model._repr_html_()
        self.assertIn("<td>dense</td><td>Dense</td><td>kernel (3, 5), bias (5,)</td>", text)
        self.assertEqual(text.count("<tr>"), 3)

    def test_with_outputs(self):
        logits = self.model.with_outputs("dense").predict(np.ones((2, 3)), verbose=0)
        kernel, bias = self.model.get_weights()
        np.testing.assert_allclose(logits, np.ones((2, 3), np.float32) @ kernel + bias, rtol=1e-5)


class Structures(unittest.TestCase):
    def test_of_a_config(self):
        a, b = ["a", 0, 0], ["b", 0, 0]
        for tree, count, structure in ((a, 1, None), ([a], 1, None), ([a, b], 2, [None, None]), ({"k": a}, 1, {"k": None}), ({"k": [a, b]}, 2, {"k": [None, None]})):
            self.assertEqual(structure_of({"output_layers": tree}, "output_layers", count), structure)
        self.assertEqual(structure_of({}, "output_layers", 2), [None, None])

    def test_dictionaries_are_filled_by_names(self):
        named = [("one", 1), ("1.j", 2), ("1.k.0", 3), ("1.k.1", 4)]
        self.assertEqual(pack([None, {"k": [None, None], "j": None}], named), [1, {"k": [3, 4], "j": 2}])
        self.assertEqual(pack({"b": None, "a": None}, [("a", 1), ("b", 2)]), {"a": 1, "b": 2})


class Calls(unittest.TestCase):
    def setUp(self):
        self.model = keras.load_model(EXAMPLE)
        self.x = np.random.default_rng(2).random((100, 3), np.float32)
        self.y = self.model.predict(self.x, verbose=0)

    def test_one_batch(self):
        np.testing.assert_array_equal(self.model.predict_on_batch(self.x), self.y)
        tensor = self.model(self.x, training=False)
        np.testing.assert_array_equal(tensor.numpy(), self.y)
        self.assertIs(type(tensor.numpy()), np.ndarray)

    def test_refused_arguments(self):
        refused = [
            (lambda: self.model(self.x, training=True), "training=True is not supported"),
            (lambda: self.model(self.x, mask=self.x), "mask=ndarray is not supported"),
            (lambda: self.model.predict(self.x, callbacks=[print]), "callbacks are not supported"),
        ]
        for call, words in refused:
            with self.assertRaisesRegex(NotImplementedError, words):
                call()
        for arguments in ({"batch_size": -1}, {"batch_size": 2.5}, {"steps": 0}, {"verbose": 7}, {"verbose": "yes"}):
            with self.assertRaises(ValueError):
                self.model.predict(self.x, **arguments)

    def test_steps(self):
        self.assertEqual(self.model.predict(self.x, batch_size=8, steps=2, verbose=0).shape, (16, 5))
        self.assertEqual(self.model.predict(self.x, steps=2, verbose=0).shape, (100, 5))  # Keras: two batches of 50

    def test_batches(self):
        cut = [self.x[:40], self.x[40:80], self.x[80:]]
        np.testing.assert_array_equal(self.model.predict(iter(cut), verbose=0), self.y)
        np.testing.assert_array_equal(self.model.predict(((part,) for part in cut), verbose=0), self.y)
        np.testing.assert_array_equal(self.model.predict(iter(cut), steps=2, verbose=0), self.y[:80])

        class Sequence:
            def __len__(self):
                return 3

            def __getitem__(self, index):
                return cut[index], None

        np.testing.assert_array_equal(self.model.predict(Sequence(), verbose=0), self.y)
        with self.assertRaisesRegex(ValueError, "batch_size must not be given"):
            self.model.predict(iter(cut), batch_size=2)
        with self.assertRaisesRegex(ValueError, "no batch"):
            self.model.predict(iter(()), verbose=0)

    def test_stream_is_bounded_and_ordered(self):
        read = []

        def batches():
            for i in range(20):
                read.append(i)
                yield self.x[i * 5 : i * 5 + 5]

        answered = []
        for prefetch in (0, 1, 2):
            read.clear()
            answered.clear()
            for part in self.model.predict_stream(batches(), prefetch=prefetch):
                answered.append(part)
                self.assertLessEqual(len(read), len(answered) + prefetch + 1)
            np.testing.assert_array_equal(np.concatenate(answered), self.y)
        stream = self.model.predict_stream(batches(), prefetch=2)
        next(stream)
        stream.close()

    def test_errors_of_a_stream_come_at_their_place(self):
        stream = self.model.predict_stream([self.x[:2], np.ones((2, 7)), self.x[2:4]])
        np.testing.assert_array_equal(next(stream), self.y[:2])
        with self.assertRaises(ValueError):
            next(stream)

    def test_columns(self):
        self.assertEqual(list(self.model.predict_columns({"anything": self.x})), ["softmax"])
        cells = np.empty(100, object)
        cells[:] = list(self.x)
        np.testing.assert_array_equal(self.model.predict_columns({"input_layer": cells})["softmax"], self.y)

    def test_progress_bar(self):
        begin, end = "\x1b[1m4/4\x1b[0m \x1b[32m" + "━" * 20 + "\x1b[0m\x1b[37m\x1b[0m \x1b[1m0s\x1b[0m ", "s/step\n"
        for verbose in (1, "auto"):
            last = printed(lambda: self.model.predict(self.x, verbose=verbose)).split("\r")[-1]
            self.assertTrue(last.startswith(begin) and last.endswith(end), repr(last))
        self.assertRegex(printed(lambda: self.model.predict(self.x, verbose=2)), r"^4/4 - 0s - \d+[mu]s/step\n$")
        self.assertEqual(printed(lambda: self.model.predict(self.x, verbose=0)), "")

    def test_an_exception_of_the_bar_stops_the_prediction(self):
        class ClosedOnce(io.StringIO):  # the first write fails, later ones succeed
            is_closed = True

            def write(self, text):
                if self.is_closed:
                    self.is_closed = False
                    raise BrokenPipeError("closed")

        with contextlib.redirect_stdout(ClosedOnce()), self.assertRaises(BrokenPipeError):
            self.model.predict(self.x)


class Evaluation(unittest.TestCase):
    def setUp(self):
        self.folder = model_file("evaluate_confusion_k3").parent
        self.facts = json.loads((self.folder / "case.json").read_text())
        self.model = keras.load_model(self.folder / "model.keras")
        with np.load(self.folder / "inputs.npz") as x, np.load(self.folder / "y.npz") as y:
            self.x, self.y = [x[name] for name in x.files], [y[name] for name in y.files]

    def test_structures(self):
        listed = self.model.evaluate(self.x, self.y, batch_size=2, verbose=0)
        by_name = self.model.evaluate(self.x, self.y, batch_size=2, verbose=0, return_dict=True)
        self.assertIsInstance(listed, list)
        self.assertIsInstance(listed[0], float)
        self.assertEqual(listed[0], by_name["loss"])
        self.assertAlmostEqual(by_name["loss"], self.facts["evaluate"]["loss"], places=5)
        self.assertEqual(list(by_name), sorted(by_name))

    def test_printed(self):
        text = printed(lambda: self.model.evaluate(self.x, self.y, batch_size=2, verbose=2))
        self.assertRegex(text, r"^\d+/\d+ - 0s - \d+[mu]s/step - .*loss: 0\.8041 - ")

    def test_refused(self):
        with self.assertRaises(ValueError):
            keras.load_model(EXAMPLE).evaluate(np.ones((2, 3)), np.ones((2, 5)), verbose=0)
        with self.assertRaises(ValueError):
            keras.load_model(self.folder / "model.keras", compile=False).evaluate(self.x, self.y, verbose=0)
        with self.assertRaises(NotImplementedError):
            self.model.evaluate(self.x, self.y, steps=1)
        with self.assertRaisesRegex(ValueError, "sample_weight has"):
            self.model.evaluate(self.x, self.y, sample_weight={"nowhere": np.ones(2)})


class States(unittest.TestCase):
    def test_go_on_from_call_to_call(self):
        folder = model_file("conv_lstm_stateful_k3").parent
        facts = json.loads((folder / "case.json").read_text())
        model = keras.load_model(model_file("conv_lstm_stateful_k3"))
        with np.load(folder / facts["calls"][0]["inputs"]) as stored:
            x = stored[stored.files[0]]
        first, second = model.predict(x, verbose=0), model.predict(x, verbose=0)
        self.assertFalse(np.array_equal(first, second))
        model.reset_states()
        np.testing.assert_array_equal(model(x).numpy(), first)
        with self.assertRaisesRegex(ValueError, "stateful"):
            model.predict(x[:1], batch_size=77, verbose=0)


class OldFiles(unittest.TestCase):
    def test_keras2(self):
        x = np.ones((2, 3))
        self.assertEqual(keras.load_model(EXAMPLE_KERAS2).predict(x, verbose=0).shape, (2, 5))


if __name__ == "__main__":
    unittest.main()
