"""Layers that prepare data inside a model: classes of numbers, images that training changes at random."""

import numpy as np

from generate.building import KERAS, Input, L, Model

AUGMENTATIONS = {
    "AugMix": {},
    "CutMix": {},
    "Equalization": {},
    "MaxNumBoundingBoxes": {"max_number": 3},
    "MixUp": {},
    "RandAugment": {},
    "RandomBrightness": {"factor": 0.2},
    "RandomColorDegeneration": {"factor": 0.5},
    "RandomColorJitter": {},
    "RandomContrast": {"factor": 0.2},
    "RandomElasticTransform": {},
    "RandomErasing": {},
    "RandomFlip": {},
    "RandomGaussianBlur": {},
    "RandomGrayscale": {},
    "RandomHeight": {"factor": 0.1},
    "RandomHue": {"factor": 0.5},
    "RandomInvert": {},
    "RandomPerspective": {},
    "RandomPosterization": {"factor": 3},
    "RandomRotation": {"factor": 0.1},
    "RandomSaturation": {"factor": 0.5},
    "RandomSharpness": {"factor": 0.5},
    "RandomShear": {},
    "RandomTranslation": {"height_factor": 0.1, "width_factor": 0.1},
    "RandomWidth": {"factor": 0.1},
    "RandomZoom": {"height_factor": 0.1},
    "Solarization": {},
}


def augmented():
    """Nothing is changed at inference but, by some of the layers, the dtype."""
    x, n = Input((4, 5, 3), name="x"), Input((4, 5, 3), dtype="uint8", name="n")
    outputs = []
    for name, arguments in AUGMENTATIONS.items():
        if hasattr(L, name):
            layer = getattr(L, name)(**arguments)
            outputs += [y for tensor in (x, n) if (y := layer(tensor)) is not tensor]  # some give back what they take
    return Model([x, n], outputs)


def feed_images(random):
    return [random.uniform(0, 255, (3, 4, 5, 3)).astype("float32"), random.integers(0, 256, (3, 4, 5, 3)).astype("uint8")]


def category_encoding():
    ids, column, weights = Input((4,), dtype="int32", name="ids"), Input((1,), dtype="int64", name="column"), Input((4,), name="w")
    outputs = [L.CategoryEncoding(num_tokens=6, output_mode=mode)(ids) for mode in ("multi_hot", "count")]
    outputs += [L.CategoryEncoding(num_tokens=6, output_mode="one_hot")(column)]
    outputs += [L.CategoryEncoding(num_tokens=6, output_mode="count")(ids, count_weights=weights)]
    if KERAS == 3:
        outputs += [L.CategoryEncoding(num_tokens=5, output_mode=mode)(ids) for mode in ("one_hot", "count")]
    return Model([ids, column, weights], outputs)


def feed_classes(random):
    return [
        random.integers(0, 6, (3, 4)).astype("int32"),
        random.integers(0, 6, (3, 1)).astype("int64"),
        random.uniform(0.5, 2, (3, 4)).astype("float32"),
    ]


def discretization():
    x, n, one = Input((5,), name="x"), Input((5,), dtype="int64", name="n"), Input((1,), name="one")
    edges = [-0.5, 0.1, 0.25, 1.0]
    layer = L.Discretization(bin_boundaries=edges)
    outputs = [layer(x), layer(n), layer(n / 3 if KERAS == 3 else x)]
    outputs += [L.Discretization(bin_boundaries=edges, output_mode=mode)(x) for mode in ("multi_hot", "count")]
    outputs += [L.Discretization(bin_boundaries=edges, output_mode="one_hot")(one)]
    return Model([x, n, one], outputs)


def feed_numbers(random):
    x = random.normal(size=(3, 5)).astype("float32")
    x[0] = [-0.5, 0.1, 0.25, np.nan, np.inf]
    return [x, random.integers(-2, 3, (3, 5)), random.normal(size=(3, 1)).astype("float32")]


def cases(add):
    exact = {"float64": False, "same_rows": True, "coarse": True, "atol": 1e-6}
    add("augmented", augmented, feed=feed_images, **exact)
    add("category_encoding", category_encoding, feed=feed_classes, **exact)
    add("discretization", discretization, feed=feed_numbers, **exact)
