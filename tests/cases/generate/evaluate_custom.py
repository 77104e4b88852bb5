"""Losses and metrics of the user in compiled models, and what layers add to the loss and the metrics."""

from generate.building import KERAS, Input, Model, keras
from generate.evaluate import ROWS, steps_that_end

layers, losses, metrics, regularizers = keras.layers, keras.losses, keras.metrics, keras.regularizers
if KERAS == 2:
    import tensorflow as tf

    register = keras.utils.register_keras_serializable
    mean, maximum, absolute, largest, total, as_float = tf.reduce_mean, tf.maximum, tf.abs, tf.reduce_max, tf.reduce_sum, lambda x: tf.cast(x, "float32")
else:
    from keras import ops

    register = keras.saving.register_keras_serializable
    mean, maximum, absolute, largest, total, as_float = ops.mean, ops.maximum, ops.abs, ops.max, ops.sum, lambda x: ops.cast(x, "float32")

CUSTOM = {
    "custom_objects": "losses Shop>tilted: the mean of max(0.9 e, -0.1 e) over the last axis, e = y_true - y_pred, Shop>Tilted: the same with "
    "the config's q, Shop>whole: the mean of e * e over all axes; metrics Shop>within: 1 where abs(e) < 0.5, Shop>LargestError: "
    "the config's scale times the largest abs(e) of all batches, Shop>WeightedError: the sum of weight * mean(abs(e), -1) by "
    "the sum of the weights"
}


@register("Shop")
def tilted(y_true, y_pred):
    error = y_true - y_pred
    return mean(maximum(0.9 * error, -0.1 * error), axis=-1)


@register("Shop")
def whole(y_true, y_pred):
    return mean((y_true - y_pred) * (y_true - y_pred))


@register("Shop")
def within(y_true, y_pred):
    return as_float(absolute(y_true - y_pred) < 0.5)


@register("Shop")
class Tilted(losses.Loss):
    def __init__(self, q=0.5, **arguments):
        super().__init__(**arguments)
        self.q = q

    def call(self, y_true, y_pred):
        error = y_true - y_pred
        return mean(maximum(self.q * error, (self.q - 1) * error), axis=-1)

    def get_config(self):
        return {**super().get_config(), "q": self.q}


@register("Shop")
class LargestError(metrics.Metric):
    def __init__(self, scale=1.0, name="largest_error", **arguments):
        super().__init__(name=name, **arguments)
        self.scale = scale
        self.largest = self.add_weight(name="largest", shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.largest.assign(maximum(self.largest, largest(absolute(y_true - y_pred))))

    def result(self):
        return self.largest * self.scale

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


@register("Shop")
class WeightedError(metrics.Metric):
    def __init__(self, name="weighted_error", **arguments):
        super().__init__(name=name, **arguments)
        self.total = self.add_weight(name="total", shape=(), initializer="zeros")
        self.weights_so_far = self.add_weight(name="weights", shape=(), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        errors = mean(absolute(y_true - y_pred), axis=-1)
        weight = errors * 0 + 1 if sample_weight is None else as_float(sample_weight)
        if len(weight.shape) > 1:
            weight = weight[:, 0]
        self.total.assign(self.total + total(weight * errors))
        self.weights_so_far.assign(self.weights_so_far + total(weight))

    def result(self):
        return self.total / self.weights_so_far


def one_output(loss, listed, weighted=None):
    def build():
        x = Input((4,), name="x")
        model = Model(x, layers.Dense(3, name="out")(x))
        model.compile("sgd", loss=loss(), metrics=listed(), weighted_metrics=weighted() if weighted else None)
        return model

    return build


def two_outputs():
    x = Input((4,), name="x")
    model = Model(x, [layers.Dense(3, name="a")(x), layers.Dense(1, name="b")(x)])
    model.compile("sgd", loss={"a": Tilted(0.3), "b": tilted}, loss_weights={"a": 0.5, "b": 2.0}, metrics={"a": [within, LargestError(2.0)], "b": [tilted]})
    return model


def masked():
    x = Input((4, 3), name="x")
    y = layers.LSTM(4, return_sequences=True)(layers.Masking()(x))
    model = Model(x, layers.Dense(2, name="out")(y))
    model.compile("sgd", loss=tilted, metrics=[within], weighted_metrics=["mse"])
    return model


def active():
    """Regularisers of results: of plain layers, of a shared one, in a nested model, of a layer that does nothing else."""
    both = regularizers.L1L2(0.01, 0.02)
    inner_in = Input((6,), name="inner_in")
    inner = Model(inner_in, layers.Dense(6, activity_regularizer="l2", name="inside")(inner_in), name="inner")
    x = Input((6, 4), name="x")
    shared = layers.Dense(6, activity_regularizer=both, kernel_regularizer="l1", name="shared")
    y = layers.Conv1D(4, 3, activity_regularizer=regularizers.L1(0.03), name="conv")(x)
    y = layers.Bidirectional(layers.LSTM(3, activity_regularizer=both, name="lstm"), name="both_ways")(y)
    y = layers.ActivityRegularization(l1=0.05, l2=0.1, name="active")(y)
    y = inner(shared(y))
    model = Model(x, layers.Dense(2, name="out")(shared(y)))
    model.compile("sgd", loss="mse", metrics=["mae"])
    return model


def over_time():
    """TimeDistributed counts the steps as rows in Keras 2, and does not count the regulariser in Keras 3."""
    x = Input((3, 4), name="x")
    y = layers.TimeDistributed(layers.Dense(5, activity_regularizer="l2", name="step"), name="steps")(x)
    y, h, c = layers.LSTM(3, return_state=True, activity_regularizer=regularizers.L1(0.02), name="lstm")(y)
    model = Model(x, layers.Dense(2, name="out")(layers.Concatenate()([y, h, c])))
    model.compile("sgd", loss="mse")
    return model


def only_active():
    x = Input((4,), name="x")
    model = Model(x, layers.Dense(3, activity_regularizer="l2", name="out")(x))
    model.compile("sgd")
    return model


def adding(loss, scalar=True):
    """Keras 2's functional add_loss and add_metric."""

    def build():
        x = Input((4,), name="x")
        hidden = layers.Dense(3, activation="tanh", name="hidden")(x)
        model = Model(x, layers.Dense(2, name="out")(hidden))
        if scalar:
            model.add_loss(0.1 * tf.reduce_mean(tf.square(hidden)))
            model.add_loss(tf.reduce_sum(tf.abs(model.output)) * 0.01)
        else:
            model.add_loss(tf.reduce_sum(tf.abs(hidden), axis=-1))
        model.add_metric(tf.reduce_max(hidden), name="peak", aggregation="mean")
        model.add_metric(tf.reduce_sum(hidden, axis=-1), name="by_row", aggregation="mean")
        model.compile("sgd", loss=loss, metrics=["mae"] if loss else None)
        return model

    return build


def cases(add):
    def of(*dims):
        return lambda random, rows: {"out": random.uniform(-1, 1, (rows, *dims)).astype("float32")}

    def weights(random, rows):
        return {"all": random.uniform(0.1, 2, rows).astype("float32")}

    both = ("keras", "h5") if KERAS == 2 else ("keras",)  # Keras 3.15 cannot read its own HDF5 files with functions as losses or metrics
    common = {"rows": ROWS, "float64": False}
    listed = lambda: [within, LargestError(2.0), WeightedError(), "mae"]  # noqa: E731
    add("evaluate_custom", one_output(lambda: tilted, listed), targets=of(3), formats=both, **common, **CUSTOM)
    add("evaluate_custom_class", one_output(lambda: Tilted(0.8), listed), targets=of(3), formats=("keras", "h5") if KERAS == 2 else both, **common, **CUSTOM)
    weighted = lambda: [WeightedError(name="by_weight"), within]  # noqa: E731
    add("evaluate_custom_weighted", one_output(lambda: tilted, list, weighted), targets=of(3), sample_weight=weights, **common, **CUSTOM)
    add("evaluate_custom_whole", one_output(lambda: whole, lambda: ["mse"]), targets=of(3), **common, **CUSTOM)
    add("evaluate_custom_two_outputs", two_outputs, targets=lambda random, rows: {
        "a": random.normal(size=(rows, 3)).astype("float32"), "b": random.normal(size=(rows, 1)).astype("float32")}, formats=both, **common, **CUSTOM)  # fmt: skip
    add("evaluate_custom_masked", masked, feed=steps_that_end, targets=of(4, 2), **common, **CUSTOM)
    add("evaluate_custom_refused", one_output(lambda: tilted, listed), expect_error="compile = false",
        expect_also=["tilted\" (loss)", "within\" (metric)", "LargestError\" (metric)", "CustomObjects::loss"], formats=both, **common)  # fmt: skip
    add("evaluate_activity", active, targets=of(2), formats=both, **common)
    add("evaluate_activity_over_time", over_time, targets=of(2), formats=both, **common)
    add("evaluate_activity_only", only_active, targets=of(3), **common)
    if KERAS == 2:
        add("evaluate_adding", adding("mse"), targets=of(2), formats=both, **common)
        add("evaluate_adding_only", adding(None), targets=of(2), formats=both, **common)
        add("evaluate_adding_rows", adding(None, scalar=False), targets=of(2), **common)
