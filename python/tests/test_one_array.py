"""Calls with one array, and calls of one batch."""

import unittest

import numpy as np

import keraunos
from folders import CASES, EXAMPLE


class OneArray(unittest.TestCase):
    """Calls with one plain array use the fast path without preparation; results and errors are the same."""

    def setUp(self):
        self.model = keraunos.load_model(EXAMPLE, device="cpu")
        self.prepared = keraunos.load_model(EXAMPLE, device="cpu")
        self.prepared._rank = None  # all calls are prepared

    def calls(self, model):
        return (model, model.predict_on_batch, lambda x: model.predict(x, verbose=0))

    def test_same_answers(self):
        x = np.random.default_rng(5).random((40, 3), np.float32)
        wide = np.random.default_rng(6).random((4, 6), np.float32)
        arrays = (x, x[:1], x.astype("f8"), x.astype(">f4"), (x * 9).astype("i2"), x > 0.5, wide[:, ::2], np.asfortranarray(x), x.astype("f2"), x[0:2].view(np.matrix))
        for array in arrays:
            for ours, other in zip(self.calls(self.model), self.calls(self.prepared)):
                found, expected = ours(array), other(array)
                np.testing.assert_array_equal(found, expected)
                self.assertEqual((type(found), found.dtype, found.flags.writeable), (type(expected), expected.dtype, expected.flags.writeable))

    def test_answers_own_their_memory(self):
        found = self.model(np.ones((2, 3), np.float32))
        kept = found.copy()
        for _ in range(50):
            self.model(np.zeros((2, 3), np.float32))
        np.testing.assert_array_equal(found, kept)
        self.assertEqual(type(found.numpy()), np.ndarray)

    def test_same_refusals(self):
        for array in (np.zeros((2, 4), np.float32), np.zeros((0, 3), np.float32), np.zeros((1, 1, 3), np.float32), np.array(["a"]), np.ma.masked_array(np.ones((1, 3)))):
            for ours, other in zip(self.calls(self.model), self.calls(self.prepared)):
                self.assertEqual(self.outcome(ours, array), self.outcome(other, array))

    def outcome(self, call, array):
        try:
            return call(array).tolist()
        except Exception as error:
            return type(error), str(error)


class OneBatch(unittest.TestCase):
    """All rows are one batch, as in Keras: where rows depend on each other, 40 rows are not cut into Keras's 32 and 8."""

    def test_rows_that_depend_on_each_other(self):
        model = keraunos.load_model(CASES / "topology_rows_mix_k3/model.keras", device="cpu")
        x = np.random.default_rng(7).random((40, 3), np.float32)
        whole = model.predict(x, batch_size=40, verbose=0)
        self.assertFalse(np.allclose(whole, model.predict(x, verbose=0)))
        np.testing.assert_array_equal(model(x).numpy(), whole)
        np.testing.assert_array_equal(model.predict_on_batch(x), whole)
        model._rank = None  # without the fast path
        np.testing.assert_array_equal(model.predict_on_batch(x), whole)


if __name__ == "__main__":
    unittest.main()
