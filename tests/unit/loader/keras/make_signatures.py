"""Writes tests/data/keras/signatures_k2.json or _k3.json: what call() takes and what get_config() holds, of every layer that Keraunos supports.

Run it from the root of the repository, once with Keras 2.15 and once with Keras 3.15:
    python tests/unit/loader/keras/make_signatures.py
"""

import inspect
import json
import os
import pathlib

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"

import keras

L = keras.layers
KERAS = int(keras.__version__.split(".")[0])
SEQUENCE, IMAGE, VOLUME, VECTOR = [None, 6, 4], [None, 6, 7, 4], [None, 6, 7, 8, 4], [None, 4]
WORDS, IDS, STATE = [None, 1], [None, 5], [None, 3]


def spatial(rank):
    return {1: SEQUENCE, 2: IMAGE, 3: VOLUME}[rank]


def layers():
    """(layer, shapes of its inputs, names of the keywords that the inputs behind the first come by)."""
    for name in ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"):
        yield getattr(L, name)(0.5), [SEQUENCE], []
    for rank in (1, 2, 3):
        shape, d = spatial(rank), f"{rank}D"
        yield getattr(L, "SpatialDropout" + d)(0.5), [shape], []
        yield getattr(L, "Conv" + d)(3, 2), [shape], []
        for kind in ("Max", "Average"):
            yield getattr(L, f"{kind}Pooling{d}")(2), [shape], []
            yield getattr(L, f"Global{kind}Pooling{d}")(), [shape], []
        yield getattr(L, "ZeroPadding" + d)(1), [shape], []
        yield getattr(L, "Cropping" + d)(1), [shape], []
        if rank < 3:
            yield getattr(L, "DepthwiseConv" + d)(2), [shape], []
            yield getattr(L, "SeparableConv" + d)(3, 2), [shape], []
    yield L.Dense(3, activation="tanh"), [SEQUENCE], []
    yield L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d", activation="tanh"), [SEQUENCE], []
    yield L.Embedding(9, 3), [IDS], []
    yield L.Masking(), [SEQUENCE], []
    yield L.Activation("tanh"), [SEQUENCE], []
    for name in ("ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax", "Identity", "UnitNormalization", "ActivityRegularization"):
        yield getattr(L, name)(), [SEQUENCE], []
    if KERAS == 2:
        yield L.ThresholdedReLU(), [SEQUENCE], []
    yield L.BatchNormalization(), [SEQUENCE], []
    yield L.LayerNormalization(), [SEQUENCE], []
    yield L.GroupNormalization(groups=2), [SEQUENCE], []
    if KERAS == 3:
        yield L.RMSNormalization(), [SEQUENCE], []
        yield L.ReversibleEmbedding(9, 3), [IDS], []
    yield L.SpectralNormalization(L.Dense(3)), [SEQUENCE], []
    yield L.Dot(axes=(1, 1)), [SEQUENCE, SEQUENCE], []
    yield L.CategoryEncoding(num_tokens=9, output_mode="count"), [IDS], []
    yield L.Discretization(bin_boundaries=[0.0, 1.0, 2.5]), [SEQUENCE], []
    yield from augmentations()
    yield L.Normalization(mean=[1.0, 2.0, 3.0, 4.0], variance=[1.0, 2.0, 3.0, 4.0]), [SEQUENCE], []
    yield L.Rescaling(2.0, 1.0), [SEQUENCE], []
    for name in ("Add", "Average", "Maximum", "Minimum", "Multiply", "Subtract", "Concatenate"):
        yield getattr(L, name)(), [SEQUENCE, SEQUENCE], []
    yield L.Flatten(), [IMAGE], []
    yield L.Reshape((4, 6)), [SEQUENCE], []
    yield L.Permute((2, 1)), [SEQUENCE], []
    yield L.RepeatVector(2), [VECTOR], []
    yield L.Attention(), [SEQUENCE, SEQUENCE], []
    yield L.AdditiveAttention(), [SEQUENCE, SEQUENCE], []
    yield L.MultiHeadAttention(2, 3), [SEQUENCE, SEQUENCE], ["value"]
    for name, states in (("SimpleRNN", 1), ("GRU", 1), ("LSTM", 2)):
        yield getattr(L, name)(3), [SEQUENCE], []
        yield getattr(L, name + "Cell")(3), [VECTOR] + [STATE] * states, ["states"]
    yield L.RNN(L.GRUCell(3)), [SEQUENCE], []
    yield L.StackedRNNCells([L.GRUCell(3), L.GRUCell(3)]), [VECTOR, STATE, STATE], ["states"]
    yield L.Bidirectional(L.GRU(3)), [SEQUENCE], []
    yield L.TimeDistributed(L.Dense(3)), [SEQUENCE], []
    yield L.StringLookup(vocabulary=["a", "b"]), [WORDS], []
    yield L.IntegerLookup(vocabulary=[3, 5]), [WORDS], []
    yield L.TextVectorization(vocabulary=["a", "b"]), [WORDS], []


def augmentations():
    given = {
        "RandomBrightness": [0.2], "RandomContrast": [0.2], "RandomRotation": [0.1], "RandomTranslation": [0.1, 0.1],
        "RandomZoom": [0.1], "RandomHeight": [0.1], "RandomWidth": [0.1], "RandomColorDegeneration": [0.5],
        "RandomHue": [0.5], "RandomSaturation": [0.5], "RandomSharpness": [0.5], "RandomPosterization": [3],
        "RandomGaussianBlur": [0.5], "RandomErasing": [0.5], "MaxNumBoundingBoxes": [3],
    }
    names = """
        AugMix CutMix Equalization MaxNumBoundingBoxes MixUp RandAugment RandomBrightness RandomColorDegeneration
        RandomColorJitter RandomContrast RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur
        RandomGrayscale RandomHeight RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation
        RandomSaturation RandomSharpness RandomShear RandomTranslation RandomWidth RandomZoom Solarization
    """
    for name in names.split():
        if hasattr(L, name):
            yield getattr(L, name)(*given.get(name, [])), [IMAGE], []


def parameters(call):
    """[name, default] behind self; a default that JSON has no value for is its text."""
    result = []
    for parameter in list(inspect.signature(call).parameters.values())[1:]:
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        required = parameter.default is parameter.empty
        result.append([parameter.name, None if required else parameter.default])
    return result


def main():
    rows = {}
    for layer, shapes, keywords in layers():
        name = type(layer).__name__
        if name in rows:
            raise SystemExit(f"{name} twice")
        rows[name] = {
            "call": parameters(type(layer).call),
            "inputs": shapes,
            "keywords": keywords,
            "object": keras.saving.serialize_keras_object(layer),
        }
    models = {name: parameters(getattr(keras, name).call) for name in ("Sequential", "Model")}
    functional = keras.Model(*[keras.Input((3,))] * 2)
    models["Functional"] = parameters(type(functional).call)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(row, sort_keys=True)}" for name, row in sorted(rows.items()))
    text = f'{{"keras": "{keras.__version__}",\n"models": {json.dumps(models, sort_keys=True)},\n"layers": {{\n{lines}\n}}}}\n'
    pathlib.Path(f"tests/data/keras/signatures_k{KERAS}.json").write_text(text)


if __name__ == "__main__":
    main()
