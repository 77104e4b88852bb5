"""save() and load_weights(), with Keras's names and arguments."""

import os
import pickle
import tempfile
import unittest
import zipfile

import numpy as np

import keraunos
from folders import CASES, DATA, EXAMPLE, model_file


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
        with self.assertRaisesRegex(ValueError, "by_name is for legacy HDF5 files"):
            self.model.load_weights(EXAMPLE, by_name=True)
        with self.assertRaisesRegex(TypeError, "by_layer"):
            self.model.load_weights(EXAMPLE, by_layer=True)

    def test_load_weights_with_options(self):
        folder = os.path.join(DATA, "saving", "load_weights")
        expected = np.load(os.path.join(folder, "predictions.npz"))
        model = keraunos.load_model(os.path.join(folder, "model.keras"))
        with self.assertWarnsRegex(UserWarning, 'layer "three" .Dense. keeps weights'):
            model.load_weights(os.path.join(folder, "named.h5"), skip_mismatch=True, by_name=True)
        np.testing.assert_allclose(model.predict(expected["x"], verbose=0), expected["by_name"], rtol=1e-5, atol=1e-6)
        with self.assertRaisesRegex(NotImplementedError, "what load_weights.. changed; save.. it"):
            pickle.dumps(model)
        model.load_weights(os.path.join(folder, "shards.weights.json"))
        np.testing.assert_allclose(model.predict(expected["x"], verbose=0), expected["shards"], rtol=1e-5, atol=1e-6)
        pickle.dumps(model)

    def test_options_of_saved_models(self):
        class Options:
            allow_partial_checkpoint = True
            experimental_io_device = None
            experimental_skip_checkpoint = False
            experimental_variable_policy = "expand_distributed_variables"

        folder = CASES / "doc_example_k2_tf" / "model"
        self.assertEqual(len(keraunos.load_model(folder, options=Options()).outputs), 1)
        for name, value in (("experimental_io_device", "/job:localhost"), ("experimental_skip_checkpoint", True)):
            options = Options()
            setattr(options, name, value)
            with self.assertRaisesRegex(NotImplementedError, name):
                keraunos.load_model(folder, options=options)
        with self.assertRaisesRegex(ValueError, "must be a tf.saved_model.LoadOptions"):
            keraunos.load_model(folder, options=3)

    def test_set_weights(self):
        x = np.ones((2, 3), np.float32)
        before, layer = self.model.predict(x, verbose=0), self.model.get_layer("dense")
        weights = layer.get_weights()
        layer.set_weights([2 * weights[0], weights[1]])
        np.testing.assert_array_equal(layer.kernel, 2 * weights[0])
        np.testing.assert_array_equal(self.model.get_weights()[0], 2 * weights[0])
        self.assertGreater(np.abs(self.model.predict(x, verbose=0) - before).max(), 0.001)
        everything = self.model.get_weights()
        everything[0] = weights[0].astype("float64")
        self.model.set_weights(everything)
        np.testing.assert_array_equal(self.model.predict(x, verbose=0), before)
        with self.assertRaisesRegex(ValueError, "was given 1 weights, expected 2"):
            layer.set_weights(weights[:1])
        with self.assertRaisesRegex(ValueError, "should have the shape"):
            layer.set_weights(weights[::-1])

    def test_weights_of_every_kind_of_model(self):
        for case in ("function_module", "text_tf_idf_k3", "topology_nested_deep_k3", "topology_strange_names_k2_h5", "rnn_stacked_cells_k3"):
            model = keraunos.load_model(model_file(case), device="cpu")
            self.assertEqual(sum(weight.size for weight in model.weights), model.count_params(), case)

    def test_quantised_and_optimizer(self):
        source = os.path.join(DATA, "saving", "optimizers", "adam.keras")
        model = keraunos.load_model(source)
        self.assertEqual(len(model.optimizer_variables()), 1 + 3 * 6)
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "small.keras")
            with self.assertWarnsRegex(UserWarning, "variables of the optimizer are left out"):
                model.save(file, quantize="int8")
            self.assertEqual(keraunos.load_model(file).get_layer("one").kernel.dtype, np.int8)
            with self.assertRaisesRegex(NotImplementedError, "quantize='int3'"):
                model.save(file, quantize="int3")


if __name__ == "__main__":
    unittest.main()
