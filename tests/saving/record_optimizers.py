"""Models that Keras 2.15 trained, with their optimizers' variables in the order of Keras 3: tests/data/saving/optimizers.

    python record_optimizers.py

Run by a Python with TensorFlow 2.15. NAME.npz has "0", "1", …: the counter, the learning rate, then what the optimizer keeps for each
trainable weight, as Keras 3.15 lists it (keras/src/optimizers, add_optimizer_variables).
"""

import os
import shutil
import zipfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras
import numpy as np

FOLDER = Path(__file__).parent.parent / "data" / "saving" / "optimizers"
optimizers, legacy = keras.optimizers, keras.optimizers.legacy


def model():
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(3, input_shape=(2,), name="one"), keras.layers.BatchNormalization(name="norm")]
    return keras.Sequential([*layers, keras.layers.Dense(3, name="frozen", trainable=False), keras.layers.Dense(2, name="two")], name="trained")


def pairs(*lists):
    return [variable for group in zip(*lists) for variable in group]


def kept_by(name, o, weights):
    if name == "adam":
        return pairs(o._momentums, o._velocities) + list(o._velocity_hats)
    if name == "rmsprop":
        return list(o._velocities) + list(o._momentums) + list(o._average_gradients)
    if name == "sgd":
        return []
    return pairs(*([o.get_slot(weight, slot) for weight in weights] for slot in ("m", "v")))


def deflated(file):
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    made = {
        "adam": (optimizers.Adam(0.01, amsgrad=True), "keras"),
        "rmsprop": (optimizers.RMSprop(0.02, momentum=0.5, centered=True), "keras"),
        "sgd": (optimizers.SGD(0.03), "keras"),
        "legacy_adam": (legacy.Adam(0.04), "h5"),
    }
    random = np.random.default_rng(2)
    x, y = random.normal(size=(12, 2)), random.normal(size=(12, 2))
    for name, (optimizer, suffix) in made.items():
        trained = model()
        trained.compile(optimizer, "mse")
        trained.fit(x, y, epochs=2, batch_size=4, verbose=0)
        file = FOLDER / f"{name}.{suffix}"
        trained.save(file)
        if suffix == "keras":
            deflated(file)
        rate = np.float32(keras.backend.get_value(optimizer.learning_rate))
        kept = [variable.numpy() for variable in kept_by(name, optimizer, trained.trainable_variables)]
        values = [np.int64(optimizer.iterations.numpy()), rate, *kept]
        np.savez(FOLDER / f"{name}.npz", **{str(i): value for i, value in enumerate(values)})


if __name__ == "__main__":
    main()
