"""keras-tcn: 3.5.0 with Keras 2 (weight normalisation, no registered name), 3.5.7 with Keras 3 (registered as Custom>TCN)."""

import importlib.util

from generate.building import KERAS, Input, L, Model, chain, keras

AVAILABLE = importlib.util.find_spec("tcn") is not None
if AVAILABLE:
    from tcn import TCN
    from tcn.tcn import ResidualBlock

BOTH = ("keras", "h5")


def initialised(model):
    for variable in model.weights:
        if variable.name.endswith("initialized:0"):
            variable.assign(True)


def several(shape, table):
    x = Input(shape, name="x")
    return Model(x, [L.Activation("linear", name=f"{name}_result")(TCN(3, 2, name=name, **own)(x)) for name, own in table.items()])


def cases(add):
    if not AVAILABLE:
        return
    keras.utils.get_custom_objects().update({"TCN": TCN, "ResidualBlock": ResidualBlock})
    add("tcn", lambda: chain((9, 2), TCN(4, 3, nb_stacks=2, dilations=[1, 2]), L.Dense(2, name="y")), formats=BOTH)
    plain = {"dilations": (1, 3), "activation": "tanh"}
    table = {
        "same": {**plain, "padding": "same"},
        "sequences": {**plain, "return_sequences": True, "padding": "same", "dropout_rate": 0.3},
        "plain": {**plain, "use_skip_connections": False},
        "backwards": {**plain, "go_backwards": True, "return_sequences": True, "return_state": True},
    }
    add("tcn_arguments", lambda: several((9, 3), table))
    add("tcn_filters", lambda: chain((None, 2), TCN([2, 4, 4], 2, dilations=[1, 2, 4], padding="same", use_skip_connections=False, name="y")))
    norms = {"batch": {"dilations": (1, 2), "use_batch_norm": True}, "layer": {"dilations": (1, 2), "use_layer_norm": True}}
    # The names of the archive's groups depend on the objects that the process made before (3.5.0 only).
    add("tcn_norms", lambda: several((7, 2), norms), formats=("h5",) if KERAS == 2 else BOTH)
    if KERAS == 2:
        add(
            "tcn_weight_norm",
            lambda: chain((7, 2), TCN(3, 2, dilations=(1, 2), use_weight_norm=True, name="y")),
            formats=("h5",),
            prepare=initialised,
            float64=False,
        )
