"""Compiled models and the results of evaluate: losses and metrics with their arguments, outputs, weights, a smaller last batch."""

import numpy as np

from generate.building import KERAS, Input, Model, keras

layers, losses, metrics = keras.layers, keras.losses, keras.metrics
ROWS = 5
REGRESSION = [
    lambda: losses.MeanSquaredError(),
    lambda: losses.MeanAbsoluteError(reduction="sum"),
    lambda: losses.MeanAbsolutePercentageError(),
    lambda: losses.MeanSquaredLogarithmicError(),
    lambda: losses.Huber(delta=0.3),
    lambda: losses.LogCosh(),
    lambda: losses.CosineSimilarity(axis=-1),
    lambda: losses.Hinge(),
    lambda: losses.SquaredHinge(),
    lambda: losses.CategoricalHinge(),
]
SHARES = [
    lambda: losses.BinaryCrossentropy(label_smoothing=0.1),
    lambda: losses.BinaryFocalCrossentropy(gamma=1.5, alpha=0.3, apply_class_balancing=True),
    lambda: losses.CategoricalCrossentropy(label_smoothing=0.2),
    lambda: losses.CategoricalFocalCrossentropy(gamma=1.5, alpha=0.3),
    lambda: losses.KLDivergence(),
    lambda: losses.Poisson(),
]
LOGITS = [
    lambda: losses.BinaryCrossentropy(from_logits=True),
    lambda: losses.BinaryFocalCrossentropy(from_logits=True),
    lambda: losses.CategoricalCrossentropy(from_logits=True),
    lambda: losses.CategoricalFocalCrossentropy(from_logits=True),
]
MEANS = ["MeanSquaredError", "RootMeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError"]
MEANS += ["MeanSquaredLogarithmicError", "CosineSimilarity", "LogCoshError", "Hinge", "SquaredHinge", "CategoricalHinge"]


def many_outputs(made, activation):
    def build():
        x = Input((4,), name="x")
        hidden = layers.Dense(6, activation="tanh")(x)
        outputs = [layers.Dense(3, activation=activation, name=f"o{i}")(hidden) for i in range(len(made))]
        model = Model(x, outputs)
        weights = [0.5 + 0.25 * i for i in range(len(made))]
        model.compile("sgd", loss=[make() for make in made], loss_weights=weights)
        return model

    return build


def one_hot(random, rows, classes=3):
    return np.eye(classes, dtype="float32")[random.integers(0, classes, rows)]


def row_weights(random, rows):
    return {"all": random.uniform(0.1, 2, rows).astype("float32")}


def one_output(units, activation, loss, listed, weighted=None, regularised=False):
    def build():
        x = Input((4,), name="x")
        penalty = keras.regularizers.L1L2(0.01, 0.02) if regularised else None
        model = Model(x, layers.Dense(units, activation=activation, name="out", kernel_regularizer=penalty)(x))
        model.compile("adam", loss=loss, metrics=listed(), weighted_metrics=weighted() if weighted else None)
        return model

    return build


def confusion_metrics():
    return [
        metrics.Precision(name="p"), metrics.Precision(thresholds=[0.2, 0.5, 0.7], name="ps"), metrics.Recall(top_k=2, name="r2"),
        metrics.Recall(class_id=1, name="r1"), metrics.TruePositives(thresholds=0.3, name="tp"), metrics.FalsePositives(name="fp"),
        metrics.TrueNegatives(name="tn"), metrics.FalseNegatives(thresholds=[0.0, 0.5, 1.0], name="fn"),
        metrics.SensitivityAtSpecificity(0.5, num_thresholds=20, name="ss"), metrics.SpecificityAtSensitivity(0.5, name="sp"),
        metrics.PrecisionAtRecall(0.6, name="pr"), metrics.RecallAtPrecision(0.4, name="rp"),
        metrics.AUC(name="auc"), metrics.AUC(curve="PR", name="pr_auc"), metrics.AUC(summation_method="minoring", name="minor"),
        metrics.AUC(curve="PR", summation_method="majoring", name="major"), metrics.AUC(thresholds=[0.3, 0.6], name="given"),
        metrics.AUC(multi_label=True, num_labels=3, name="labels"),
        metrics.F1Score(name="f1"), metrics.F1Score(average="macro", threshold=0.4, name="macro"),
        metrics.FBetaScore(average="micro", beta=2.0, name="micro"), metrics.FBetaScore(average="weighted", beta=0.5, name="f_w"),
        metrics.R2Score(name="r_2"), metrics.R2Score(class_aggregation=None, name="r_each"),
        metrics.R2Score(class_aggregation="variance_weighted_average", name="r_var"),
        metrics.OneHotIoU(num_classes=3, target_class_ids=[0, 2], name="hot"), metrics.OneHotMeanIoU(num_classes=3, name="mean_hot"),
        metrics.BinaryIoU(threshold=0.4, name="binary_iou"), metrics.CategoricalAccuracy(name="ca"),
        metrics.TopKCategoricalAccuracy(k=2, name="top"), metrics.BinaryAccuracy(threshold=0.4, name="ba"),
        metrics.CategoricalCrossentropy(label_smoothing=0.1, name="cce"), metrics.BinaryCrossentropy(name="bce"),
        metrics.KLDivergence(name="kl"), metrics.Poisson(name="po"),
    ]  # fmt: skip


def sparse_metrics():
    return ["accuracy", "sparse_categorical_crossentropy", metrics.SparseTopKCategoricalAccuracy(k=2, name="top")]


def two_outputs():
    x = Input((4,), name="x")
    a = layers.Dense(3, activation="softmax", name="a")(x)
    b = layers.Dense(1, activation="sigmoid", name="b")(x)
    model = Model(x, [a, b])
    model.compile(
        "rmsprop",
        loss={"a": "categorical_crossentropy", "b": "binary_crossentropy"},
        loss_weights={"a": 0.3, "b": 2.0},
        metrics={"a": ["accuracy", "mae"], "b": "accuracy"},
        weighted_metrics={"a": ["mse"], "b": ["mae"]},
    )
    return model


def two_targets(random, rows):
    return {"a": one_hot(random, rows), "b": random.integers(0, 2, (rows, 1)).astype("float32")}


def masked():
    x = Input((4, 3), name="x")
    y = layers.LSTM(4, return_sequences=True)(layers.Masking()(x))
    model = Model(x, layers.Dense(2, name="out")(y))
    model.compile("sgd", loss="mse", metrics=["mae"], weighted_metrics=["mse"])
    return model


def steps_that_end(random):
    x = random.normal(size=(ROWS, 4, 3)).astype("float32")
    for row, length in enumerate((4, 2, 3, 1, 4)):
        x[row, length:] = 0
    return [x]


def scheduled():
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(2, name="out")(x))
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, 100, 0.5)
    model.compile(keras.optimizers.Adam(rate), loss="mae", metrics=["mse", "cosine_similarity"])
    return model


def cases(add):
    def shares(random, rows):
        return {"out": one_hot(random, rows)}

    def by_output(made, target):
        return lambda random, rows: {f"o{i}": target(random, rows) for i in range(len(made))}

    def positive(random, rows):
        return random.uniform(-1, 1, (rows, 3)).astype("float32")

    both = ("keras", "h5")
    if_read = both if KERAS == 2 else ("keras",)  # Keras 3.15 cannot read its own HDF5 files with functions as losses or metrics
    common = {"rows": ROWS, "float64": False}
    add("evaluate_regression", many_outputs(REGRESSION, "linear"), targets=by_output(REGRESSION, positive), **common)
    add("evaluate_shares", many_outputs(SHARES, "softmax"), targets=by_output(SHARES, one_hot), formats=both, **common)
    add("evaluate_logits", many_outputs(LOGITS, "linear"), targets=by_output(LOGITS, one_hot), **common)
    add("evaluate_weighted_losses", many_outputs(SHARES, "softmax"), targets=by_output(SHARES, one_hot), sample_weight=row_weights, **common)
    means = lambda: [getattr(metrics, name)() for name in MEANS]  # noqa: E731
    regression = {"targets": lambda random, rows: {"out": positive(random, rows)}, **common}
    add("evaluate_means", one_output(3, None, "mse", means, regularised=True), formats=if_read, **regression)
    add("evaluate_means_weighted", one_output(3, None, "mse", list, means), sample_weight=row_weights, **regression)
    add("evaluate_confusion", one_output(3, "sigmoid", "binary_crossentropy", confusion_metrics), targets=shares, formats=both, **common)
    classes = lambda random, rows: {"out": random.integers(0, 3, rows).astype("int64")}  # noqa: E731
    add("evaluate_sparse", one_output(3, "softmax", "sparse_categorical_crossentropy", sparse_metrics), targets=classes, formats=both, **common)
    add("evaluate_two_outputs", two_outputs, targets=two_targets, sample_weight=lambda random, rows: {
        "a": random.uniform(0.1, 2, rows).astype("float32"), "b": random.uniform(0.1, 2, rows).astype("float32")}, formats=both, **common)  # fmt: skip
    sequences = lambda random, rows: {"out": random.normal(size=(rows, 4, 2)).astype("float32")}  # noqa: E731
    add("evaluate_masked", masked, feed=steps_that_end, targets=sequences, **common)
    add("evaluate_scheduled", scheduled, targets=lambda random, rows: {"out": random.normal(size=(rows, 2)).astype("float32")}, formats=if_read, **common)
    if KERAS == 2:
        relative = lambda: [  # noqa: E731
            metrics.MeanRelativeError([0.5, 0.0, 3.0], name="of_columns"),
            metrics.MeanRelativeError(2.0, name="of_one"),
            metrics.MeanRelativeError([[[1.5], [0.1], [-2.0]]], name="squeezed"),
        ]
        weighted = lambda: [metrics.MeanRelativeError([[0.5, 0.7, 3.0]], name="weighted")]  # noqa: E731
        made = one_output(3, None, "mse", relative, weighted)
        add("evaluate_relative", made, formats=("h5",), sample_weight=row_weights, **regression)
    if KERAS == 3:
        region = [lambda: losses.Dice(), lambda: losses.Tversky(alpha=0.3, beta=0.7), lambda: losses.Dice(axis=-1)]
        add("evaluate_region", many_outputs(region, "sigmoid"), targets=by_output(region, one_hot), **common)
        correlations = lambda: [metrics.PearsonCorrelation(), metrics.ConcordanceCorrelation()]  # noqa: E731
        add("evaluate_correlation", one_output(3, None, "mse", correlations), **regression)
