"""Layers and functions that NumPy computes. Expected values: computed by NumPy beside the call."""

import gc
import os
import pickle
import threading
import traceback
import unittest
import warnings
import weakref

import numpy as np

import keraunos as keras
from folders import EXAMPLE, model_file


@keras.numpy_kernel(shape=lambda x, *, units: x[:-1] + (units,), weights=("kernel", "bias"), rows_independent=True)
def dense(x, *, units, kernel, bias, **config):
    assert config["activation"] == "linear" and config["use_bias"]
    assert kernel.shape == (3, units)
    return x @ kernel + bias


@keras.numpy_kernel
def doubled(x):
    return x * 2


@keras.numpy_kernel(shape=lambda x: (x[0], x[1], 2), rows_independent=True)
def pairs(x):
    return np.stack([x, x], axis=-1)


def raises(*_, **__):
    raise ZeroDivisionError("by the function")


class Kernels(unittest.TestCase):
    def setUp(self):
        self.x = np.random.default_rng(3).random((70, 3), np.float32)
        self.kernel, self.bias = keras.load_model(EXAMPLE).get_weights()
        self.logits = self.x @ self.kernel + self.bias

    def test_a_class_with_weights_and_a_config(self):
        model = keras.load_model(EXAMPLE, custom_objects={"Dense": dense}, replace={"softmax": "x"})
        np.testing.assert_allclose(model.predict(self.x, verbose=0), self.logits, rtol=1e-5, atol=1e-6)
        self.assertIn("numpy:dense", model.plan((70, 3)))
        model.set_weights([self.kernel * 2, self.bias])
        np.testing.assert_allclose(model.predict(self.x, verbose=0), self.x @ self.kernel * 2 + self.bias, rtol=1e-5, atol=1e-6)

    def test_a_layer_by_its_name(self):
        model = keras.load_model(EXAMPLE, replace={"softmax": doubled})
        np.testing.assert_allclose(model.predict(self.x, verbose=0), self.logits * 2, rtol=1e-5, atol=1e-6)
        self.assertEqual(keras.load_model(EXAMPLE, replace={"softmax": pairs}).predict(self.x, verbose=0).shape, (70, 5, 2))

    def test_a_function(self):
        path = model_file("refuse_custom_activation_k3")
        with self.assertRaises(NotImplementedError):
            keras.load_model(path)
        model = keras.load_model(path, custom_objects={"Shop>bend": doubled})
        shape = [2 if size is None else size for size in model.input_shape]
        x = np.random.default_rng(8).random(shape, np.float32)
        before = keras.load_model(path, custom_objects={"Shop>bend": keras.numpy_kernel(lambda x: x)}).with_outputs("dense").predict(x, verbose=0)
        np.testing.assert_allclose(model.with_outputs("dense").predict(x, verbose=0), before * 2, rtol=1e-6)

    def test_it_stays_a_function(self):
        self.assertEqual(doubled(3), 6)
        self.assertEqual(doubled.__name__, "doubled")
        self.assertIs(pickle.loads(pickle.dumps(doubled)), doubled)

    def test_rows_that_depend_on_each_other_come_as_kerass_batches(self):
        sizes = []

        @keras.numpy_kernel
        def noted(x):
            sizes.append(len(x))
            return x - x.mean(axis=0)

        model = keras.load_model(EXAMPLE, replace={"softmax": noted}, threads=1)
        sizes.clear()
        y = model.predict(self.x, verbose=0)
        self.assertEqual(sizes, [32, 32, 6])
        np.testing.assert_allclose(y[:32], self.logits[:32] - self.logits[:32].mean(axis=0), atol=1e-6)
        sizes.clear()
        model.predict_on_batch(self.x)
        self.assertEqual(sizes, [70])

    def test_its_arrays_are_copies(self):
        kept = []

        @keras.numpy_kernel
        def keeps(x):
            kept.append(x)
            x *= 2
            return x

        model = keras.load_model(EXAMPLE, replace={"softmax": keeps})
        first = model.predict(self.x[:4], verbose=0)
        before = kept[-1].copy()
        model.predict(self.x[4:8], verbose=0)
        np.testing.assert_array_equal(kept[-2], before)
        np.testing.assert_allclose(first, self.logits[:4] * 2, rtol=1e-5, atol=1e-6)

    def test_dtypes(self):
        cast = keras.numpy_kernel(lambda x: x.astype(np.int64), dtype="int64")
        self.assertEqual(keras.load_model(EXAMPLE, replace={"softmax": cast}).predict(self.x, verbose=0).dtype, np.int64)
        wider = keras.numpy_kernel(lambda x: x.astype(np.float64))  # comes back as float32, as declared
        self.assertEqual(keras.load_model(EXAMPLE, replace={"softmax": wider}).predict(self.x, verbose=0).dtype, np.float32)


    def test_strings_come_as_bytes(self):
        path, texts = model_file("string_lookup_k3"), np.array([["red", "grün", ""]], object)
        lengths = keras.numpy_kernel(lambda x: np.vectorize(len)(x), dtype="int64")
        model = keras.load_model(path, replace={"plain": lengths})
        np.testing.assert_array_equal(model.predict(texts, verbose=0)[0], [[3, 5, 0]])
        with self.assertRaisesRegex(keras.UsageError, "says the dtype string"):
            keras.load_model(path, replace={"plain": doubled}).predict(texts, verbose=0)

    def test_a_result_of_bfloat16_is_rounded(self):
        kernel = keras.numpy_kernel(lambda x: x * 0 + np.float32(1.5 + 2.0**-20), dtype="bfloat16")
        y = keras.load_model(EXAMPLE, replace={"softmax": kernel}).predict(self.x, verbose=0)
        np.testing.assert_array_equal(y.astype(np.float32), np.full((70, 5), 1.5, np.float32))


class Errors(unittest.TestCase):
    def setUp(self):
        self.x = np.ones((2, 3), np.float32)

    def predicted(self, kernel):
        return keras.load_model(EXAMPLE, replace={"softmax": kernel}).predict(self.x, verbose=0)

    def test_its_exception_comes_out_with_the_layers_path(self):
        for call in (lambda m: m.predict(self.x, verbose=0), lambda m: m(self.x), lambda m: m.predict(np.ones((500, 3)), verbose=1), lambda m: list(m.predict_stream([self.x]))):
            model = keras.load_model(EXAMPLE, replace={"softmax": keras.numpy_kernel(raises, rows_independent=True)}, threads=2)
            try:
                call(model)
                self.fail("nothing was raised")
            except ZeroDivisionError as error:  # assertRaises would clear the traceback
                self.assertEqual(error.args, ("by the function",))
                self.assertEqual(error.__notes__, ['layer "softmax": in the NumPy kernel raises'])
                self.assertEqual(traceback.extract_tb(error.__traceback__)[-1].name, "raises")

    def test_an_exception_of_its_shape(self):
        with self.assertRaises(ZeroDivisionError) as caught:
            self.predicted(keras.numpy_kernel(lambda x: x, shape=raises))
        self.assertIn('layer "softmax"', caught.exception.__notes__[0])

    def test_results_that_do_not_fit(self):
        wrong = [
            (keras.numpy_kernel(lambda x: x[:, :2]), r"returned the shape \(2, 2\), but its shape= says \(2, 5\)"),
            (keras.numpy_kernel(lambda x: x, dtype="int32"), "returned float32, but its dtype= says int32"),
            (keras.numpy_kernel(lambda x: [x, x]), "returned 2 arrays, but its shape= says 1"),
            (keras.numpy_kernel(lambda x: x, shape=(None, -5)), "says the shape"),
            (keras.numpy_kernel(lambda x: x, shape=(2, None)), "None for the rows alone"),
            (keras.numpy_kernel(lambda x: x, dtype="complex64"), "says the dtype complex64"),
            (keras.numpy_kernel(lambda x: x, dtype=["int8", "int8"]), "1 shapes and 2 dtypes"),
        ]
        for kernel, words in wrong:
            with self.assertRaisesRegex(keras.UsageError, words):
                self.predicted(kernel)

    def test_declarations_that_do_not_fit(self):
        with self.assertRaisesRegex(keras.UsageError, "no keyword-only parameter for the weight 'gamma'"):
            keras.numpy_kernel(lambda x: x, weights="gamma")
        with self.assertRaisesRegex(keras.UsageError, "takes a function"):
            keras.numpy_kernel(3)
        with self.assertRaisesRegex(ValueError, "activation"):  # a key of the config that the function does not take
            keras.load_model(EXAMPLE, custom_objects={"Dense": keras.numpy_kernel(lambda x, *, units, kernel, bias: x, weights=("kernel", "bias"))})


class Lives(unittest.TestCase):
    def setUp(self):
        self.x = np.ones((200, 3), np.float32)

    def test_a_cycle_is_collected(self):
        def made():
            box = []

            @keras.numpy_kernel
            def refers(x):
                return x * len(box)

            box.append(keras.load_model(EXAMPLE, replace={"softmax": refers}))
            box[0].predict(self.x, verbose=0)
            return weakref.ref(box[0]), weakref.ref(refers)

        model, kernel = made()
        gc.collect()
        self.assertIsNone(model())
        self.assertIsNone(kernel())

    def test_other_models_of_it_keep_the_function(self):
        def loaded():
            return keras.load_model(EXAMPLE, replace={"softmax": keras.numpy_kernel(lambda x: x + 1)})

        first = loaded()
        layer, second = first.get_layer("dense"), first.with_outputs("softmax")
        del first
        gc.collect()
        self.assertEqual(second.predict(self.x, verbose=0).shape, (200, 5))
        self.assertEqual(layer._model.predict(self.x, verbose=0).shape, (200, 5))

    def test_many_threads(self):
        inside = []

        @keras.numpy_kernel(rows_independent=True)
        def slow(x):
            inside.append(threading.get_ident())
            return np.sort(x, axis=-1)

        model = keras.load_model(EXAMPLE, replace={"softmax": slow}, threads=2)
        expected = model.predict(self.x, verbose=0)
        results = []
        callers = [threading.Thread(target=lambda: results.extend(model.predict(self.x, verbose=0) for _ in range(20))) for _ in range(6)]
        memory = threading.Thread(target=lambda: [(model.memory(), model.trim()) for _ in range(200)])
        for thread in (*callers, memory):
            thread.start()
        for thread in (*callers, memory):
            thread.join()
        self.assertEqual(len(results), 120)
        for result in results:
            np.testing.assert_array_equal(result, expected)

    def test_a_model_inside_a_kernel(self):
        inner = keras.load_model(EXAMPLE)
        outer = keras.load_model(EXAMPLE, replace={"softmax": keras.numpy_kernel(lambda x: inner.predict(x[:, :3], verbose=0), rows_independent=True)})
        first = keras.load_model(EXAMPLE).with_outputs("dense").predict(self.x, verbose=0)
        np.testing.assert_allclose(outer.predict(self.x, verbose=0), inner.predict(first[:, :3], verbose=0), rtol=1e-6)

    def test_pickled_by_name(self):
        model = pickle.loads(pickle.dumps(keras.load_model(EXAMPLE, replace={"softmax": doubled})))
        logits = model.with_outputs("dense").predict(self.x, verbose=0)
        np.testing.assert_allclose(model.predict(self.x, verbose=0), logits * 2, rtol=1e-6)
        nameless = keras.load_model(EXAMPLE, replace={"softmax": keras.numpy_kernel(lambda x: x)})
        with self.assertRaises((pickle.PicklingError, AttributeError)):
            pickle.dumps(nameless)

    def test_in_a_forked_process(self):
        model = keras.load_model(EXAMPLE, replace={"softmax": doubled})
        reader, writer = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            try:
                model.predict(self.x, verbose=0)
            except keras.ForkError:
                os.write(writer, b"refused")
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        with os.fdopen(reader, "rb") as answer:
            self.assertEqual(answer.read(), b"refused")


if __name__ == "__main__":
    unittest.main()
