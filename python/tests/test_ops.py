"""Layers, functions and losses that are written with keraunos.ops. Expected values: those of keras.ops (data/ops_bodies.py)."""

import gc
import pathlib
import pickle
import unittest

import numpy as np

import keraunos
from data.ops_bodies import bodies, custom
from folders import EXAMPLE, model_file
from keraunos import ops

DATA = pathlib.Path(__file__).parent / "data"
scaled, gate, tilted = custom(ops)


def halved(x):
    return x * 0.5


@keraunos.ops_function(weights=("kernel", "bias"))
def dense(x, *, units, kernel, bias, **config):
    assert config["activation"] == "linear" and kernel.shape == (3, units)
    return x @ kernel + bias


class Scaled:
    twice = 2

    def call(self, x):
        return self.product(x) * self.factor

    def product(self, x):
        return ops.matmul(x, self.kernel)


def recorded():
    with np.load(DATA / "ops_bodies.npz") as stored:
        return dict(stored)


class Bodies(unittest.TestCase):
    def test_values_and_dtypes_of_keras(self):
        golden = recorded()
        for name, body in bodies(ops).items():
            with self.subTest(name):
                model = keraunos.load_model(DATA / "ops_bodies.keras", replace={"body": body})
                result = model.predict([golden["a"], golden["b"]], verbose=0)
                self.assertEqual(result.dtype, golden[name].dtype)
                np.testing.assert_allclose(result, golden[name], rtol=2e-5, atol=2e-6)
                self.assertNotIn("numpy:", model.plan((5, 3, 4), (5, 3, 4)))

    def test_classes_functions_and_losses(self):
        golden = recorded()
        kinds = {"a function": keraunos.ops_function(scaled, weights="kernel"), "a class": keraunos.ops_function(Scaled, weights=("kernel",))}
        for what, layer in kinds.items():
            with self.subTest(what):
                model = keraunos.load_model(DATA / "ops_custom.keras", custom_objects={"Scaled": layer, "Shop>gate": gate, "tilted": tilted})
                np.testing.assert_allclose(model.predict(golden["custom_x"], verbose=0), golden["custom_result"], rtol=1e-5, atol=1e-6)
                loss = model.evaluate(golden["custom_x"], golden["custom_y"], batch_size=6, verbose=0)
                np.testing.assert_allclose(loss, golden["custom_loss"], rtol=1e-5)


class Models(unittest.TestCase):
    def setUp(self):
        self.x = np.random.default_rng(3).random((70, 3), np.float32)
        self.kernel, self.bias = keraunos.load_model(EXAMPLE).get_weights()
        self.logits = self.x @ self.kernel + self.bias

    def close(self, model, expected):
        np.testing.assert_allclose(model.predict(self.x, verbose=0), expected, rtol=1e-5, atol=1e-6)

    def test_weights_that_change(self):
        model = keraunos.load_model(EXAMPLE, custom_objects={"Dense": dense}, replace={"softmax": "x"})
        self.close(model, self.logits)
        model.set_weights([self.kernel * 2, self.bias])
        self.close(model, self.x @ self.kernel * 2 + self.bias)

    def test_the_model_keeps_its_functions(self):
        model = keraunos.load_model(EXAMPLE, replace={"softmax": lambda x: x + 1})
        gc.collect()
        self.close(model, self.logits + 1)
        np.testing.assert_allclose(model.predict_on_batch(self.x[:9]), self.logits[:9] + 1, rtol=1e-5)
        taps = model.with_outputs("softmax")
        del model
        gc.collect()
        np.testing.assert_allclose(taps.predict(self.x[:11], verbose=0), self.logits[:11] + 1, rtol=1e-5)

    def test_pickle(self):
        model = keraunos.load_model(EXAMPLE, replace={"softmax": halved}, custom_objects={"Dense": dense})
        self.close(pickle.loads(pickle.dumps(model)), self.logits / 2)

    def test_what_the_file_does_not_use_is_not_called(self):
        def never(x):
            raise AssertionError

        self.assertIsInstance(keraunos.load_model(EXAMPLE, custom_objects={"never": never}), keraunos.Model)

    def test_an_activation(self):
        path = model_file("refuse_custom_activation_k3")
        with self.assertRaisesRegex(NotImplementedError, "register"):
            keraunos.load_model(path)
        seen = []

        def bend(x):
            seen.append(repr(x))
            return ops.relu(x)

        x = np.random.default_rng(4).normal(size=(6, *keraunos.load_model(path, custom_objects={"Shop>bend": bend}).input_shape[1:])).astype("float32")
        found = keraunos.load_model(path, custom_objects={"Shop>bend": bend}).predict(x, verbose=0)
        same = keraunos.load_model(path, custom_objects={"Shop>bend": keraunos.numpy_kernel(lambda x: np.maximum(x, 0))})
        np.testing.assert_allclose(found, same.predict(x, verbose=0), rtol=1e-6)
        self.assertRegex(seen[0], r"SymbolicTensor shape=\(\d+, .*dtype=float32")


class Errors(unittest.TestCase):
    def load(self, body):
        return keraunos.load_model(EXAMPLE, replace={"softmax": body})

    def refused(self, words, body, kind=keraunos.UnsupportedError):
        with self.assertRaisesRegex(kind, words):
            self.load(body)

    def test_operations_name_the_layer_and_the_function(self):
        def bad_shape(x):
            return ops.reshape(x, (-1, 7777))

        def bad_argument(x):
            return ops.relu(x, slope=3)

        self.refused(r'(?s)softmax.*in the function .*bad_argument: .*"slope"', bad_argument)
        self.refused(r"(?s)softmax.*in the function .*bad_shape", bad_shape)
        with self.assertRaises(keraunos.UnsupportedError) as caught:
            self.load(bad_argument)
        self.assertEqual(caught.exception.items[0][:2], ("softmax", "Softmax"))

    def test_exceptions_of_the_function_have_a_note(self):
        def raises(x):
            raise ZeroDivisionError("by the function")

        def misspelt(x):
            return ops.rellu(x)

        with self.assertRaisesRegex(ZeroDivisionError, "by the function") as caught:
            self.load(raises)
        self.assertIn('layer "softmax": in the function Errors.test_exceptions', caught.exception.__notes__[0])
        self.refused("no function 'rellu'; did you mean .*'relu'", misspelt, AttributeError)

    def test_values_are_not_known(self):
        for body in (lambda x: x if x[0, 0] > 0 else -x, lambda x: x * float(x[0, 0]), lambda x: np.asarray(x), lambda x: x * int(x[0, 0])):
            self.refused("not known while the model is lowered", body, TypeError)
        self.refused("does not support ufuncs", lambda x: np.exp(x), TypeError)
        self.refused("object is not iterable", lambda x: [row for row in x], TypeError)

    def test_results(self):
        self.refused("returned int; expected tensors", lambda x: 3, keraunos.UsageError)
        self.refused("returned NoneType", lambda x: None, keraunos.UsageError)

    def test_operators_of_integers_are_not_guessed(self):
        self.refused("logical_and of a int32 tensor in Keras and bits in TensorFlow", lambda x: ops.cast(x, "int32") & 1, keraunos.UsageError)

    def test_tensors_do_not_outlive_their_function(self):
        kept = []

        def keeps(x):
            kept.append(x)
            return x

        self.load(keeps)
        with self.assertRaisesRegex(keraunos.UsageError, "after the end of the function"):
            kept[0].shape
        self.refused("tensor of another call", lambda x: x + kept[0], keraunos.UnsupportedError)
        with self.assertRaisesRegex(keraunos.UsageError, "ops.relu can be called only in a function"):
            ops.relu(1.0)

    def test_wrong_declarations(self):
        with self.assertRaisesRegex(keraunos.UsageError, "no keyword-only parameter for the weight 'kernel'"):
            keraunos.ops_function(halved, weights=("kernel",))
        with self.assertRaisesRegex(keraunos.UsageError, "a class with the method call"):
            keraunos.ops_function(type("Empty", (), {}))

    def test_names(self):
        names = dir(ops)
        self.assertGreater(len(names), 280)
        for name in ("relu", "matmul", "layer_normalization", "fft2", "shape", "image"):
            self.assertIn(name, names)
        self.assertTrue(all(name.islower() or name == "SymbolicTensor" for name in names))
        from keraunos.ops import relu  # as scripts import it

        self.assertEqual(relu.__name__, "relu")
        self.assertFalse(hasattr(ops, "while_loop"))


if __name__ == "__main__":
    unittest.main()
