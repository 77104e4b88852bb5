"""Calls of a model: arguments, results and errors. Expected values: those of Keras 3.15 (looked up by running
it)."""

import contextlib
import io
import json
import unittest

import numpy as np

import keraunos as keras
from folders import EXAMPLE, model_file
from printed import printed


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


if __name__ == "__main__":
    unittest.main()
