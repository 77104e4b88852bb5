"""What real Keras 3.15 writes after Model.quantize(): tests/data/saving/quantise_{float,int8,int4}.keras.

    python record_quantised.py

Run by a Python with Keras 3.15. The first file is the model before; the others have its weights rounded.
"""

import os
import zipfile
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
import keras

FOLDER = Path(__file__).parent.parent / "data" / "saving"


def model():
    """Each class that is quantised, with more inputs than a block of int4 has, an odd number of columns, axes that change places."""
    keras.utils.set_random_seed(3)
    layers = keras.layers
    ids = keras.Input((26,), dtype="int32", name="ids")
    words = layers.Embedding(5, 3, name="words")(ids)
    table = layers.ReversibleEmbedding(5, 3, tie_weights=False, name="table")
    mixed = layers.Add(name="both")([words, table(ids)])
    heads = layers.EinsumDense("abc,cde->abed", output_shape=(26, 3, 2), bias_axes="ed", name="heads")(mixed)
    joined = layers.EinsumDense("abed,ced->abc", output_shape=(26, 5), name="joined")(heads)
    steps = layers.Dense(5, activation="relu", name="steps")(joined)
    inner = keras.Sequential([keras.Input((26, 5), name="steps_in"), layers.Dense(3, use_bias=False, name="narrow")], name="inner")
    logits = table(inner(steps), reverse=True)
    outputs = layers.Dense(3, name="last")(layers.Flatten(name="flat")(logits))
    return keras.Model(ids, outputs, name="quantised")


def deflated(file):
    """Packs the members of an archive, which Keras stores as they are."""
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)


def main():
    for mode in (None, "int8", "int4"):
        made = model()
        if mode:
            made.quantize(mode)
        file = FOLDER / f"quantise_{mode or 'float'}.keras"
        made.save(file)
        deflated(file)


if __name__ == "__main__":
    main()
