"""Layers that prepare data inside a model: classes of numbers, and random changes of images during training."""

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
    """At inference these layers change at most the dtype."""
    x, n = Input((4, 5, 3), name="x"), Input((4, 5, 3), dtype="uint8", name="n")
    outputs = []
    for name, arguments in AUGMENTATIONS.items():
        if hasattr(L, name):
            layer = getattr(L, name)(**arguments)
            outputs += [y for tensor in (x, n) if (y := layer(tensor)) is not tensor]  # some return their argument
    return Model([x, n], outputs)


def feed_images(random):
    return [random.uniform(0, 255, (3, 4, 5, 3)).astype("float32"), random.integers(0, 256, (3, 4, 5, 3)).astype("uint8")]


def auto_contrast():
    x, n = Input((4, 5, 3), name="x"), Input((4, 5, 3), dtype="uint8", name="n")
    return Model(
        [x, n],
        [
            L.AutoContrast(name="bytes")(x),
            L.AutoContrast(value_range=(0, 1), name="unit")(x / 300),
            L.AutoContrast(value_range=(1, -1), name="turned")(x / 300),
            L.AutoContrast(name="whole")(n),
            L.AutoContrast(data_format="channels_first", name="first")(x),
        ],
    )


def feed_contrast(random):
    x, n = feed_images(random)
    x[0, :, :, 1], n[1] = 7.5, 12  # constant channels, which cannot be stretched
    x[1, 0, 0, 0] = np.nan
    return [x, n]


def adaptive_contrast():
    layer = L.ContrastLimitedAdaptiveHistogramEqualization
    x, n = Input((7, 10, 2), name="x"), Input((8, 9, 1), dtype="uint8", name="n")
    return Model(
        [x, n],
        [
            layer(tile_grid_size=(2, 3), name="tiles")(x),
            layer(value_range=(-1, 1), tile_grid_size=(1, 1), clip_limit=1.5, name="signed")(x / 255),
            layer(tile_grid_size=(2, 2), clip_limit=0.0, name="unlimited")(x),
            layer(tile_grid_size=(4, 3), name="whole")(n),
        ],
    )


def feed_tiles(random):
    x = np.floor(random.uniform(0, 255, (3, 7, 10, 2))) + 0.25
    x[0, :, :, 0], x[1] = 9, x[1] / 8
    return [x.astype("float32"), random.integers(0, 256, (3, 8, 9, 1)).astype("uint8")]


def random_crop():
    """At inference Keras 2 resizes, Keras 3 does nothing."""
    x, n = Input((6, 8, 3), name="x"), Input((6, 8, 3), dtype="uint8", name="n")
    sizes = [(3, 4), (6, 8), (5, 2), (9, 4), (12, 12)]
    outputs = [L.RandomCrop(height, width, name=f"crop_{height}_{width}")(x) for height, width in sizes]
    if KERAS == 2:
        return Model([x, n], [*outputs, L.RandomCrop(4, 5, name="whole")(n)])
    return Model([x, n], [y * 1 for y in outputs])


def feed_crops(random):
    return [random.uniform(0, 255, (2, 6, 8, 3)).astype("float32"), random.integers(0, 256, (2, 6, 8, 3)).astype("uint8")]


def pipeline():
    x, y = Input((6, 5, 3), name="x"), Input((4,), dtype="int32", name="ids")
    layers = [L.AutoContrast(), L.RandomFlip(), L.Rescaling(1 / 255), L.Conv2D(2, 3), L.RandomInvert()]
    words = [L.Embedding(7, 3, mask_zero=True), L.Dropout(0.2), L.LSTM(3)]
    inner = [L.Dense(4), L.Pipeline([L.Dense(3, activation="tanh"), L.Dense(2)], name="inner"), L.Dense(3)]
    z = Input((5,), name="z")
    return Model(
        [x, y, z],
        [L.Pipeline(layers, name="images")(x), L.Pipeline(words, name="words")(y), L.Pipeline(inner, name="outer")(z)],
    )


def feed_pipeline(random):
    ids = np.array([[1, 2, 0, 0], [3, 0, 4, 0], [6, 5, 2, 1]], "int32")
    images = random.uniform(0, 255, (3, 6, 5, 3)).astype("float32")
    return [images, ids, random.normal(0, 1, (3, 5)).astype("float32")]


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


def discretization_int64():
    """In a graph, as in predict, the numbers are cut to integers before the bins are found."""
    x = Input((5,), name="x")
    edges = [-1.5, 0.1, 1.0, 1.5]
    return Model(x, [L.Discretization(edges, output_mode=mode, dtype="int64")(x) for mode in ("int", "multi_hot", "count")])


def feed_numbers(random):
    x = random.normal(size=(3, 5)).astype("float32")
    x[0] = [-0.5, 0.1, 0.25, np.nan, np.inf]
    return [x, random.integers(-2, 3, (3, 5)), random.normal(size=(3, 1)).astype("float32")]


def cases(add):
    exact = {"float64": False, "same_rows": True, "coarse": True, "atol": 1e-6}
    add("random_crop", random_crop, feed=feed_crops)
    if KERAS == 3:
        add("auto_contrast", auto_contrast, feed=feed_contrast)
        add("adaptive_contrast", adaptive_contrast, feed=feed_tiles, float64=False, coarse=True, atol=1e-4)
        add("pipeline", pipeline, feed=feed_pipeline, formats=("keras", "h5"))
    add("augmented", augmented, feed=feed_images, **exact)
    add("category_encoding", category_encoding, feed=feed_classes, **exact)
    add("discretization", discretization, feed=feed_numbers, **exact)
    far = lambda random: [random.uniform(-3, 3, (3, 5)).astype("float32")]  # noqa: E731
    add("discretization_int64", discretization_int64, feed=far, keras=(3,), xla=True, **exact)  # as predict: in a graph
