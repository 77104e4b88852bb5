"""Arrays of other libraries on the CPU by DLPack, old and new capsules: read without a copy where NumPy can, and given back once."""

import gc
import unittest
from unittest import mock

import numpy as np

import keraunos as keras
from capsules import Offered
from folders import EXAMPLE
from keraunos.inputs import as_array


class Memory:
    def __init__(self, array):
        self.array, self.address, self.shape, self.dtype = array, array.ctypes.data, array.shape, array.dtype


class OnTheCpu(unittest.TestCase):
    def setUp(self):
        self.x = np.random.default_rng(9).random((4, 3), np.float32)

    def test_no_copy_and_one_end(self):
        for is_old in (False, True):
            offered, before = Offered(Memory(self.x), is_old), Offered.ended
            array = as_array(offered, "x")
            self.assertEqual(array.ctypes.data, self.x.ctypes.data)
            np.testing.assert_array_equal(array, self.x)
            part = array[1:]
            del array
            gc.collect()
            self.assertEqual(Offered.ended, before)
            del part
            gc.collect()
            self.assertEqual(Offered.ended, before + 1)
            self.assertEqual(offered.asked[0], (None, {"max_version": (1, 0)}))

    def test_strides_and_read_only_memory(self):
        wide = np.arange(24, dtype=np.float32).reshape(4, 6)
        memory = Memory(wide[:, ::2])
        array = as_array(Offered(memory, strides=(6, 2), read_only=True), "x")
        np.testing.assert_array_equal(array, wide[:, ::2])
        self.assertFalse(array.flags.writeable)
        model = keras.load_model(EXAMPLE)
        np.testing.assert_array_equal(model.predict(Offered(memory, strides=(6, 2), read_only=True), verbose=0), model.predict(wide[:, ::2], verbose=0))

    def test_every_type(self):
        for code, kind in ((0, "i"), (1, "u"), (2, "f")):
            for size in (2, 4, 8) if kind == "f" else (1, 2, 4, 8):
                values = np.array([0, 1, 2], f"{kind}{size}")
                array = as_array(Offered(Memory(values), element=(code, 8 * size)), "x")
                self.assertEqual(array.dtype, values.dtype)
                np.testing.assert_array_equal(array, values)
        flags = np.array([True, False])
        np.testing.assert_array_equal(as_array(Offered(Memory(flags), element=(6, 8)), "x"), flags)

    def test_bfloat16(self):
        bits = (self.x.view(np.uint32) >> 16).astype(np.uint16)
        exact = (bits.astype(np.uint32) << 16).view(np.float32)
        with mock.patch.dict("sys.modules", {"ml_dtypes": None}):
            array = as_array(Offered(Memory(bits), element=(4, 16)), "x")
            self.assertEqual(array.dtype, np.float32)
            np.testing.assert_array_equal(array, exact)
        model = keras.load_model(EXAMPLE)
        np.testing.assert_array_equal(model.predict(Offered(Memory(bits), element=(4, 16)), verbose=0), model.predict(exact, verbose=0))

    def test_refused_in_words(self):
        for offered, words in ((Offered(Memory(self.x), element=(3, 32)), "element type code 3 with 32 bits"),
                               (Offered(Memory(self.x), element=(4, 32)), "element type code 4 with 32 bits")):
            with self.assertRaisesRegex(ValueError, words):
                as_array(offered, "x")

        class Used(Offered):
            def __dlpack__(self, **_):
                return "no capsule"

        with self.assertRaisesRegex(ValueError, "returned no capsule of DLPack"):
            as_array(Used(Memory(self.x)), "x")


if __name__ == "__main__":
    unittest.main()
