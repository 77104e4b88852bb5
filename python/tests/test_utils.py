"""keraunos.utils beside recorded results of Keras 3.15 (data/keras_utils.py)."""

import json
import pathlib
import tempfile
import threading
import unittest

import numpy as np

import keraunos as keras
from folders import EXAMPLE

RECORDS = json.loads((pathlib.Path(__file__).parent / "data" / "keras_utils.json").read_text())


def argument(value):
    return np.array(value["array"], np.float32) if isinstance(value, dict) else value


class Utils(unittest.TestCase):
    def test_as_keras(self):
        for record in RECORDS:
            name, arguments, keywords = record["call"]
            with self.subTest(call=record["call"]):
                result = getattr(keras.utils, name)(*map(argument, arguments), **keywords)
                self.assertEqual(result.shape, tuple(record["shape"]))
                self.assertEqual(result.dtype.name, record["dtype"])
                np.testing.assert_array_equal(result.ravel(), record["values"])
        self.assertEqual({record["call"][0] for record in RECORDS}, {"to_categorical", "normalize", "pad_sequences", "img_to_array"})

    def test_refused_as_in_keras(self):
        refused = [
            lambda: keras.utils.pad_sequences([[1]], padding="left"),
            lambda: keras.utils.pad_sequences([1, 2]),
            lambda: keras.utils.pad_sequences([[1]], value="word"),
            lambda: keras.utils.pad_sequences([[[1]], [[1, 2]]]),
            lambda: keras.utils.img_to_array(np.zeros(3)),
            lambda: keras.utils.img_to_array(np.zeros((2, 2)), data_format="first"),
            lambda: keras.utils.unpack_x_y_sample_weight((1, 2, 3, 4)),
        ]
        for call in refused:
            with self.assertRaises(ValueError):
                call()

    def test_parts_of_a_batch(self):
        for data, parts in ((5, (5, None, None)), ((1,), (1, None, None)), ([1, 2], (1, 2, None)), ((1, 2, 3), (1, 2, 3))):
            self.assertEqual(keras.utils.unpack_x_y_sample_weight(data), parts)

    def test_images_from_files(self):
        try:
            from PIL import Image
        except ImportError:
            self.skipTest("Pillow is not installed")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "image.png"
            Image.fromarray(np.arange(48, dtype=np.uint8).reshape(4, 4, 3)).save(path)
            self.assertEqual(keras.utils.img_to_array(keras.utils.load_img(path)).ravel().tolist(), list(range(48)))
            self.assertEqual(keras.utils.load_img(path, color_mode="grayscale", target_size=(2, 3)).size, (3, 2))
            with self.assertRaises(ValueError):
                keras.utils.load_img(path, color_mode="cmyk")

    def test_batches_of_a_dataset(self):
        class Batches(keras.utils.PyDataset):
            def __len__(self):
                return 3

            def __getitem__(self, index):
                return np.full((2, 3), index, np.float32), None

        model = keras.load_model(EXAMPLE)
        expected = model.predict(np.repeat(np.arange(3, dtype=np.float32), 2)[:, None] * np.ones(3, np.float32), verbose=0)
        np.testing.assert_array_equal(model.predict(Batches(workers=2), verbose=0), expected)
        np.testing.assert_array_equal(model.predict_generator(Batches(), workers=4), expected)

    def test_scope_of_one_thread(self):
        class Dense:
            pass

        with keras.utils.custom_object_scope({"Dense": Dense}):
            with self.assertRaisesRegex(NotImplementedError, "the file uses 'Dense'"):
                keras.load_model(EXAMPLE)
            loaded = []
            other = threading.Thread(target=lambda: loaded.append(keras.load_model(EXAMPLE)))
            other.start()
            other.join()
            self.assertEqual(len(loaded), 1)
        self.assertIsInstance(keras.load_model(EXAMPLE), keras.Model)


if __name__ == "__main__":
    unittest.main()
