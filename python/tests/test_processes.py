"""Threads, pickling, forks."""

import copy
import multiprocessing
import os
import pickle
import sys
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import numpy as np

import keraunos as keras
from folders import EXAMPLE, model_file


def predicted(model, x):
    return model.predict(x, verbose=0)


def message_in_fork(call):
    """The exception of `call` in a forked process, or "nothing"."""
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def child():
        try:
            call()
            sender.send("nothing")
        except BaseException as error:
            sender.send(f"{type(error).__name__}: {error}")

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    sender.close()
    text = receiver.recv()
    process.join()
    return text


class Threads(unittest.TestCase):
    def test_one_model_from_many(self):
        model = keras.load_model(EXAMPLE)
        inputs = [np.random.default_rng(i).random((1 + i % 7, 3), np.float32) for i in range(200)]
        expected = [predicted(model, x) for x in inputs]
        with ThreadPoolExecutor(8) as pool:
            for result, golden in zip(pool.map(lambda x: predicted(model, x), inputs), expected):
                np.testing.assert_array_equal(result, golden)

    def test_loading_in_many(self):
        with ThreadPoolExecutor(8) as pool:
            models = list(pool.map(keras.load_model, [EXAMPLE] * 16))
        self.assertEqual({model.count_params() for model in models}, {20})

    def test_other_threads_run_meanwhile(self):
        """With a long switch interval, another thread gets the interpreter only if predict() releases it."""
        model = keras.load_model(EXAMPLE)
        x = np.ones((2_000_000, 3), np.float32)
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e6)
        try:
            self.assertTrue(any(self.met_during(lambda: model.predict_on_batch(x)) for _ in range(20)))
        finally:
            sys.setswitchinterval(before)

    def met_during(self, call):
        gate, met = threading.Lock(), []
        gate.acquire()

        def other():
            with gate:
                met.append(True)

        thread = threading.Thread(target=other)
        thread.start()
        gate.release()
        call()
        result = bool(met)
        thread.join()
        return result


class Pickling(unittest.TestCase):
    def test_path_and_options(self):
        model = keras.load_model(os.path.relpath(EXAMPLE), replace={"softmax": "x * 2"}, threads=1)
        text = pickle.dumps(model)
        self.assertLess(len(text), 1000)
        x = np.ones((2, 3))
        here = os.getcwd()
        os.chdir("/")
        try:
            again = pickle.loads(text)
        finally:
            os.chdir(here)
        np.testing.assert_array_equal(predicted(again, x), predicted(model, x))
        tapped = pickle.loads(pickle.dumps(model.with_outputs("dense")))
        np.testing.assert_array_equal(predicted(tapped, x) * 2, predicted(model, x))

    def test_copies_share_weights(self):
        model = keras.load_model(EXAMPLE)
        self.assertIs(copy.deepcopy(model), model)

    def test_errors(self):
        try:
            keras.load_model(model_file("refuse_lambda_k3"))
        except keras.UnsupportedError as error:
            again = pickle.loads(pickle.dumps(error))
            self.assertEqual((str(again), again.items), (str(error), error.items))

    def test_spawned_process(self):
        model = keras.load_model(EXAMPLE)
        x = np.ones((2, 3), np.float32)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            np.testing.assert_array_equal(pool.apply(predicted, (model, x)), predicted(model, x))


class Forks(unittest.TestCase):
    def test_a_fork_after_loading_is_told(self):
        model = keras.load_model(EXAMPLE)
        x = np.ones((2, 3), np.float32)
        predicted(model, x)
        calls = [
            lambda: predicted(model, x),
            lambda: model(x),
            lambda: list(model.predict_stream([x])),
            lambda: keras.load_model(EXAMPLE),
            lambda: model.plan((2, 3)),
        ]
        for call in calls:
            text = message_in_fork(call)
            self.assertRegex(text, "^ForkError: .*forked from process .*spawn")
        predicted(model, x)  # the parent can continue

    def test_a_fork_before_loading_runs(self):
        clean = multiprocessing.get_context("spawn").Process(target=assert_fork_runs)
        clean.start()
        clean.join()
        self.assertEqual(clean.exitcode, 0)


def assert_fork_runs():
    text = message_in_fork(lambda: predicted(keras.load_model(EXAMPLE), np.ones((2, 3))))
    if text != "nothing":
        raise AssertionError(text)


if __name__ == "__main__":
    unittest.main()
