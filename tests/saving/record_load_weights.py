"""What real Keras 3.15's load_weights() gives: files of weights and predictions in tests/data/saving/load_weights.

    python record_load_weights.py

Run by a Python with Keras 3.15. model.keras is given the weights of the other files, which belong to models that differ in some layers.
"""

import os
import shutil
import warnings
import zipfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras
import numpy as np

FOLDER = Path(__file__).parent.parent / "data" / "saving" / "load_weights"
layers = keras.layers


def model(seed, width=2, extra=False, last_has_bias=True):
    keras.utils.set_random_seed(seed)
    made = [keras.Input((4,), name="x"), layers.Dense(3, name="one", activation="tanh"), layers.BatchNormalization(name="norm")]
    made.append(layers.Dense(width, name="two", bias_initializer="random_normal"))
    if extra:
        made.append(layers.Dense(width, name="extra"))
    made.append(layers.Dense(2, name="three", use_bias=last_has_bias, bias_initializer="random_normal"))
    return keras.Sequential(made, name="loaded")


def deflated(file):
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def main():
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    x = np.random.default_rng(1).normal(size=(3, 4)).astype("float32")
    results = {"x": x}

    def record(name, file, **options):
        loaded = model(1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded.load_weights(FOLDER / file, **options)
        results[name] = loaded.predict(x, verbose=0)

    model(1).save(FOLDER / "model.keras")
    deflated(FOLDER / "model.keras")
    results["before"] = model(1).predict(x, verbose=0)
    wider = model(2, width=5)
    wider.save_weights(FOLDER / "wider.weights.h5")
    record("skip_archive", "wider.weights.h5", skip_mismatch=True)
    wider.save(FOLDER / "wider.h5")
    record("skip_legacy", "wider.h5", skip_mismatch=True)
    model(3, extra=True, last_has_bias=False).save(FOLDER / "named.h5")
    record("by_name", "named.h5", by_name=True, skip_mismatch=True)
    model(4).save_weights(FOLDER / "shards.weights.json", max_shard_size=1e-7)
    record("shards", "shards.weights.json")
    np.savez(FOLDER / "predictions.npz", **results)


if __name__ == "__main__":
    main()
