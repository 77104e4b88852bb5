#!/usr/bin/env python3
"""Writes what the example is tested with: images, a model, and what Keras's image_dataset_from_directory() and predict() gave.

    python3 make_golden.py          (keras 3.15.1, tensorflow-cpu 2.21.0)
"""
import pathlib
import shutil

import keras
import numpy as np
import tensorflow as tf

HERE = pathlib.Path(__file__).resolve().parent
SIZE = (12, 10)


def stripes(rng, height, width, upright):
    """An RGB image of coloured stripes, with noise."""
    along = np.arange(width if upright else height)
    wave = 0.5 + 0.5 * np.sin(along * rng.uniform(0.7, 1.0) + rng.uniform(0, 6))
    wave = wave[None, :, None] if upright else wave[:, None, None]
    colour = rng.uniform(120, 255, 3)
    image = np.broadcast_to(wave * colour, (height, width, 3)) + rng.normal(0, 6, (height, width, 3))
    return np.clip(image, 0, 255).astype(np.uint8)


def write_images(rng, folder):
    shutil.rmtree(folder, ignore_errors=True)
    for upright, name in enumerate(["lying", "upright"]):
        (folder / name / "more").mkdir(parents=True)
        image = lambda height, width: stripes(rng, height, width, upright)
        jpeg = lambda array, **options: tf.io.encode_jpeg(array, quality=92, **options)
        grey = image(31, 27)[:, :, :1]
        alpha = np.concatenate([image(24, 40), rng.integers(0, 255, (24, 40, 1), np.uint8)], 2)
        files = {
            "a.jpg": jpeg(image(41, 30)),
            "b.JPEG": jpeg(image(12, 10), chroma_downsampling=False),
            "c.png": tf.io.encode_png(image(26, 19)),
            "grey.png": tf.io.encode_png(grey),
            "more/grey.jpg": jpeg(grey),
            "more/alpha.png": tf.io.encode_png(alpha),
            "more/deep.png": tf.io.encode_png(image(15, 22).astype(np.uint16) * 257),
            "more/progressive.jpg": jpeg(image(50, 65), progressive=True),
        }
        for file, data in files.items():
            (folder / name / file).write_bytes(data.numpy())
        (folder / name / "notes.txt").write_text("not an image\n")


def trained_model(rng):
    images = np.stack([stripes(rng, *SIZE, i % 2) for i in range(400)]).astype(np.float32)
    model = keras.Sequential([
        keras.Input((*SIZE, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(8, 3, activation="relu"),
        keras.layers.GlobalMaxPooling2D(),
        keras.layers.Dense(2, activation="softmax"),
    ])
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(images, np.arange(400) % 2, epochs=10, verbose=0)
    return keras.Model(model.inputs, model.outputs)  # without the optimizer


def main():
    keras.utils.set_random_seed(1)
    rng = np.random.default_rng(1)
    write_images(rng, HERE / "folder")
    model = trained_model(rng)
    model.save(HERE / "stripes.keras")
    golden = {}
    for name, crop in [("stretched", False), ("cropped", True)]:
        data = keras.utils.image_dataset_from_directory(
            HERE / "folder", image_size=SIZE, shuffle=False, batch_size=None, crop_to_aspect_ratio=crop)
        images = np.stack([image for image, _ in data])
        golden[name] = images
        golden[name + "_scores"] = model.predict(images, verbose=0)
    golden["labels"] = np.array([label for _, label in data], np.int32)
    np.savez_compressed(HERE / "golden.npz", **golden)
    print([str(pathlib.Path(path).relative_to(HERE)) for path in data.file_paths])
    print(golden["stretched_scores"], golden["cropped_scores"], golden["labels"])


if __name__ == "__main__":
    main()
