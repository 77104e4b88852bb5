"""save() and load_weights(), with Keras's names and arguments."""

import os
import pickle
import tempfile
import unittest
import zipfile

import numpy as np

import keraunos
from folders import EXAMPLE


def write_with_other_kernel(source, target, kernel, other):
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as changed:
        for name in archive.namelist():
            changed.writestr(name, archive.read(name).replace(np.asarray(kernel).tobytes(), np.asarray(other).tobytes()))


class Saving(unittest.TestCase):
    def setUp(self):
        self.model = keraunos.load_model(EXAMPLE)

    def test_save(self):
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "model.keras")
            self.model.save(file)
            x = np.ones((2, 3), np.float32)
            np.testing.assert_array_equal(keraunos.load_model(file).predict(x, verbose=0), self.model.predict(x, verbose=0))
            with self.assertRaisesRegex(ValueError, "exists; give another name, or overwrite=True"):
                self.model.save(file, overwrite=False)
            with self.assertRaisesRegex(ValueError, "ends with .keras"):
                self.model.save(os.path.join(folder, "model.h5"))
            with self.assertRaisesRegex(TypeError, "save_format"):
                self.model.save(file, save_format="h5")

    def test_load_weights(self):
        with tempfile.TemporaryDirectory() as folder:
            saved, doubled = (os.path.join(folder, name) for name in ("model.keras", "doubled.keras"))
            self.model.save(saved)
            kernel = self.model.get_layer("dense").kernel
            write_with_other_kernel(saved, doubled, kernel, 2 * kernel)
            other = keraunos.load_model(EXAMPLE)
            other.load_weights(doubled)
            np.testing.assert_array_equal(other.get_layer("dense").kernel, 2 * kernel)
            x = np.ones((2, 3), np.float32)
            self.assertGreater(np.abs(other.predict(x, verbose=0) - self.model.predict(x, verbose=0)).max(), 0.001)
            again = pickle.loads(pickle.dumps(other))
            np.testing.assert_array_equal(again.predict(x, verbose=0), other.predict(x, verbose=0))

    def test_what_load_weights_refuses(self):
        with self.assertRaisesRegex(ValueError, "nothing.weights.h5"):
            self.model.load_weights("nothing.weights.h5")
        with self.assertRaisesRegex(NotImplementedError, "skip_mismatch=True"):
            self.model.load_weights(EXAMPLE, skip_mismatch=True)
        with self.assertRaisesRegex(TypeError, "by_name"):
            self.model.load_weights(EXAMPLE, by_name=True)


if __name__ == "__main__":
    unittest.main()
