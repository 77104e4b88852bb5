"""TensorFlow Model Optimization: layers whose weights are pruned by masks or clustered, and models trained for 8 bits."""

import importlib.util

import numpy as np

from generate.building import KERAS, Input, L, Model, keras

AVAILABLE = KERAS == 2 and importlib.util.find_spec("tensorflow_model_optimization") is not None
if AVAILABLE:
    import tensorflow_model_optimization as tfmot
    from tensorflow_model_optimization.python.core.clustering.keras.cluster_wrapper import ClusterWeights
    from tensorflow_model_optimization.python.core.sparsity.keras.pruning_wrapper import PruneLowMagnitude

    Centroids = tfmot.clustering.keras.CentroidInitialization
    prune = tfmot.sparsity.keras.prune_low_magnitude


def masked(model):
    """Masks of zeros and ones for weights that are not pruned yet: the call prunes them."""
    random = np.random.default_rng(11)
    for variable in model.weights:
        if "mask" in variable.name:
            variable.assign(random.integers(0, 2, variable.shape).astype("float32"))


def ranged(model):
    """Ranges that contain most numbers; that of one channel is empty, and one has no negative numbers."""
    random = np.random.default_rng(5)
    for variable in model.weights:
        name = variable.name.split("/")[-1]
        if name.endswith("_min:0"):
            variable.assign(-random.uniform(0.3, 2.0, variable.shape).astype("float32"))
        if name.endswith("_max:0"):
            variable.assign(random.uniform(0.5, 2.5, variable.shape).astype("float32"))
        if "quant_activation" in variable.name and name == "output_min:0":
            variable.assign(0.0)
        if name.startswith("kernel_") and "quant_other" in variable.name:
            variable.assign(np.concatenate([[0], variable.numpy()[1:]]).astype("float32"))


def quantised(add):
    apply = tfmot.quantization.keras.quantize_model
    for known in tfmot.quantization.keras.quantize_scope().custom_objects:
        keras.utils.get_custom_objects().update(known)

    def convolved():
        x = y = Input((7, 6, 3), name="x")
        y = L.Conv2D(4, 2, use_bias=False, name="first")(y)
        y = L.ReLU(name="re_lu")(L.BatchNormalization(name="batch_normalization")(y))
        y = L.DepthwiseConv2D(2, activation="relu", name="second")(y)
        z = L.BatchNormalization(name="other_normalization")(L.Conv2D(4, 1, name="other")(y))
        y = L.Activation("relu", name="activation")(L.Add(name="add")([y, z]))
        y = L.SeparableConv2D(3, 2, name="separable_conv2d")(y)
        y = L.Conv2DTranspose(3, 2, name="conv2d_transpose")(y)
        y = L.Dense(5, activation="tanh", name="dense")(L.GlobalAveragePooling2D(name="mean")(y))
        return apply(Model(x, L.Dense(3, activation="softmax", name="y")(y)))

    add("quantised_layers", convolved, formats=("h5",), prepare=ranged, float64=False)

    def dense():
        x = y = Input((5,), name="x")
        for i, activation in enumerate(("relu", "sigmoid", "swish", "gelu", "linear")):
            y = L.Dense(4, activation=activation, name=f"dense_{i}")(y)
        return apply(Model(x, y))

    add("quantised_activations", dense, formats=("h5",), prepare=ranged, float64=False)


def moved(model):
    """Weights that are no longer those from which the centroids were made, and centroids that are not those of any start."""
    random = np.random.default_rng(7)
    for variable in model.weights:
        if variable.dtype == "float32" and "moving_variance" not in variable.name:
            variable.assign_add(random.normal(0, 0.2, variable.shape).astype("float32"))


def clustered(add):
    cluster = tfmot.clustering.keras.cluster_weights

    def whole(start, **arguments):
        def build():
            x = y = Input((7, 6, 2), name="x")
            y = L.Conv2D(4, 2, name="conv")(y)
            y = L.BatchNormalization(name="norm")(y)
            y = L.SeparableConv2D(3, 2, activation="relu", name="separable")(y)
            y = L.Conv2DTranspose(3, 2, use_bias=False, name="transpose")(y)
            y = L.Flatten(name="flatten")(y)
            y = L.Dense(5, activation="tanh", name="dense")(y)
            frozen = L.Dense(3, name="frozen", trainable=False)
            return cluster(Model(x, frozen(y)), number_of_clusters=4, cluster_centroids_init=start, **arguments)

        return build

    add("clustered_layers", whole(Centroids.LINEAR), formats=("keras", "h5", "tf"), prepare=moved, float64=False)
    add("clustered_density", whole(Centroids.DENSITY_BASED), formats=("h5",), prepare=moved, float64=False)
    add("clustered_random", whole(Centroids.RANDOM), formats=("keras",), prepare=moved, float64=False)

    def by_channel():
        x = Input((7, 6, 2), name="x")
        model = Model(x, L.Conv2D(3, 3, name="conv")(x))
        layer = model.layers[1]
        averaged = {"cluster_per_channel": True, "cluster_gradient_aggregation": "GradientAggregation.AVG"}
        y = ClusterWeights(layer, 3, Centroids.KMEANS_PLUS_PLUS, **averaged)(x)
        return Model(x, y)

    add("clustered_by_channel", by_channel, formats=("keras", "h5"), prepare=moved, float64=False)

    def words():
        x = Input((6,), dtype="int32", name="x")
        y = ClusterWeights(L.Embedding(9, 4, name="embedding"), 5, Centroids.LINEAR)(x)
        y = ClusterWeights(L.Conv1D(3, 2, name="conv"), 2, Centroids.LINEAR)(y)
        return Model(x, y)

    ids = lambda random: [random.integers(0, 9, (4, 6)).astype("int32")]  # noqa: E731
    add("clustered_words", words, formats=("keras", "h5"), prepare=moved, feed=ids, float64=False)

    def sparse():
        x = Input((3,), name="x")
        return Model(x, ClusterWeights(L.Dense(4, name="dense"), 3, Centroids.LINEAR, preserve_sparsity=True)(x))

    add("clustered_sparse", sparse, formats=("h5",), expect_error="which weights these are depends on")
    strip = tfmot.clustering.keras.strip_clustering
    add("clustered_stripped", lambda: strip(whole(Centroids.LINEAR)()), formats=("keras", "h5"), float64=False)


def cases(add):
    if not AVAILABLE:
        return
    keras.utils.get_custom_objects()["PruneLowMagnitude"] = PruneLowMagnitude

    def build():
        x = y = Input((7, 6, 2), name="x")
        for layer in (L.Conv2D(4, 2, name="convolution"), L.BatchNormalization(name="normalization"), L.ReLU(name="relu")):
            y = prune(layer)(y)
        y = prune(L.SeparableConv2D(3, 2, name="separable"))(y)
        y = prune(L.Dense(5, name="dense"))(L.Flatten(name="flatten")(y))
        return Model(x, y)

    keras.utils.get_custom_objects()["ClusterWeights"] = ClusterWeights
    quantised(add)
    clustered(add)
    add("pruned_layers", build, formats=("h5",), prepare=masked, float64=False)
