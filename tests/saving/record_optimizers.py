"""Models that Keras 2.15 trained, with their optimizers' variables in the order of Keras 3: tests/data/saving/optimizers.

    python record_optimizers.py [NAME…]     (only these; otherwise all)

Run by a Python with TensorFlow 2.15. NAME.npz has "0", "1", …: the counter, the learning rate, then what the optimizer keeps for each
trainable weight, as Keras 3.15 lists it (keras/src/optimizers, add_optimizer_variables). Run by a Python with Keras 3.15, the script
writes a model with its weights in several files, and the variables of its optimizer (shards.*, tests/data/saving/optimizer_shards).
"""

import os
import shutil
import sys
import zipfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras
import numpy as np

FOLDER = Path(__file__).parent.parent / "data" / "saving" / "optimizers"
optimizers = keras.optimizers


def model():
    keras.utils.set_random_seed(5)
    layers = [keras.layers.Dense(3, input_shape=(2,), name="one"), keras.layers.BatchNormalization(name="norm")]
    return keras.Sequential([*layers, keras.layers.Dense(3, name="frozen", trainable=False), keras.layers.Dense(2, name="two")], name="trained")


def pairs(*lists):
    return [variable for group in zip(*lists) for variable in group]


def kept_by(name, o, weights):
    if name == "nadam":
        return pairs(o._momentums, o._velocities)
    if name == "average":
        return list(o._model_variables_moving_average) + pairs(o._momentums, o._velocities)
    if name in ("adam", "saved_model", "scaled", "scaled_saved_model"):
        return pairs(o._momentums, o._velocities) + list(getattr(o, "_velocity_hats", []))
    if name == "rmsprop":
        return list(o._velocities) + list(o._momentums) + list(o._average_gradients)
    if name == "sgd":
        return []
    if name == "scaled_fixed":
        return list(o.momentums)
    return pairs(*([o.get_slot(weight, slot) for weight in weights] for slot in ("m", "v")))


def product_of_momenta(beta_1, steps):
    """Keras 3's Nadam multiplies once for each step. Keras 2 does not save the product, and in a traced function it multiplies
    once for each weight."""
    product = np.float32(1)
    for step in range(1, steps + 1):
        product *= np.float32(beta_1 * (1 - 0.5 * 0.96**step))
    return product


def with_loss_scale(optimizer, suffix, inner):
    """As an archive lists them: the variables of the optimizer inside, then all: counter and learning rate, which a LossScaleOptimizer does not
    use, the number of good steps, the factor, those inside again. HDF5 files do not contain the last two: Keras 2 begins with the initial factor."""
    if not optimizer.dynamic:
        return inner
    if suffix == "tf":
        factor = [np.int64(optimizer.dynamic_counter.numpy()), np.float32(optimizer.loss_scale.numpy())]
    else:
        factor = [np.int64(0), np.float32(optimizer.initial_scale)]
    return [*inner, np.int64(0), np.float32(0), *factor, *inner]


def deflated(file):
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def write_shards():
    folder = FOLDER.parent / "optimizer_shards"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    keras.utils.set_random_seed(6)
    trained = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="one"), keras.layers.Dense(2, name="two")], name="trained")
    optimizer = optimizers.SGD(0.1, momentum=0.5, use_ema=True, gradient_accumulation_steps=2)
    trained.compile(optimizer, "mse")
    random = np.random.default_rng(3)
    trained.fit(random.normal(size=(12, 2)), random.normal(size=(12, 2)), epochs=2, batch_size=4, verbose=0)
    trained.save(folder / "model.keras")
    deflated(folder / "model.keras")
    trained.save_weights(folder / "shards.weights.json", max_shard_size=2e-7)
    np.savez(folder / "shards.npz", **{str(i): np.asarray(variable) for i, variable in enumerate(optimizer.variables)})


def main():
    if keras.__version__.startswith("3"):
        return write_shards()
    names = sys.argv[1:]
    if not names:
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    scaled = keras.mixed_precision.LossScaleOptimizer
    made = {
        "adam": (optimizers.Adam(0.01, amsgrad=True), "keras"),
        "rmsprop": (optimizers.RMSprop(0.02, momentum=0.5, centered=True), "keras"),
        "sgd": (optimizers.SGD(0.03), "keras"),
        "legacy_adam": (optimizers.legacy.Adam(0.04), "h5"),
        "nadam": (optimizers.Nadam(0.05), "keras"),
        "average": (optimizers.AdamW(0.06, use_ema=True, ema_momentum=0.7), "h5"),
        "saved_model": (optimizers.Adam(0.07), "tf"),
        "legacy_nadam": (optimizers.legacy.Nadam(0.08, schedule_decay=1.0), "h5"),  # as Keras 3
        "scaled": (scaled(optimizers.Adam(0.09)), "h5"),
        "scaled_legacy": (scaled(optimizers.legacy.Adam(0.01), initial_scale=1024.0, dynamic_growth_steps=5), "h5"),
        "scaled_fixed": (scaled(optimizers.SGD(0.02, momentum=0.5), dynamic=False, initial_scale=64.0), "h5"),
        "scaled_saved_model": (scaled(optimizers.Adam(0.03), initial_scale=512.0, dynamic_growth_steps=4), "tf"),
    }
    random = np.random.default_rng(2)
    x, y = random.normal(size=(12, 2)), random.normal(size=(12, 2))
    for name, (optimizer, suffix) in made.items():
        if names and name not in names:
            continue
        trained = model()
        trained.compile(optimizer, "mse")
        trained.fit(x, y, epochs=2, batch_size=4, verbose=0)
        file = FOLDER / (name if suffix == "tf" else f"{name}.{suffix}")
        trained.save(file, **({"save_format": "tf", "save_traces": False} if suffix == "tf" else {}))
        if suffix == "keras":
            deflated(file)
        rate = np.float32(keras.backend.get_value(optimizer.learning_rate))
        inner = getattr(optimizer, "inner_optimizer", optimizer)
        kept = [variable.numpy() for variable in kept_by(name, inner, trained.trainable_variables)]
        if name == "nadam":
            kept.append(product_of_momenta(optimizer.beta_1, int(optimizer.iterations.numpy())))
        if name == "legacy_nadam":
            kept.append(inner._m_cache.numpy())
        values = [np.int64(optimizer.iterations.numpy()), rate, *kept]
        if inner is not optimizer:
            values = with_loss_scale(optimizer, suffix, values)
        np.savez(FOLDER / f"{name}.npz", **{str(i): value for i, value in enumerate(values)})


if __name__ == "__main__":
    main()
