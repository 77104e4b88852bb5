"""Layers of Keras 2 with a kernel for each position, in each of their three implementations."""

from generate.building import KERAS, L, variants


def ways(**arguments):
    for data_format in ("channels_last", "channels_first"):
        for implementation in (1, 2, 3):
            for padding in ("valid", "same") if implementation > 1 else ("valid",):
                name = f"{padding}_{implementation}_{data_format[9:]}"
                yield name, dict(arguments, padding=padding, implementation=implementation, data_format=data_format)


def cases(add):
    if KERAS != 2:
        return
    one = dict(ways(filters=3, kernel_size=2, activation="tanh"))
    one["stride"] = dict(filters=2, kernel_size=3, strides=2)
    one["stride_same"] = dict(filters=2, kernel_size=4, strides=2, padding="same", implementation=3, use_bias=False)
    add("locally_connected1d", lambda: variants(L.LocallyConnected1D, (5, 4), one), rows=2)
    two = dict(ways(filters=2, kernel_size=(2, 3)))
    two["stride"] = dict(filters=2, kernel_size=2, strides=(2, 1), activation="relu")
    two["stride_same"] = dict(filters=1, kernel_size=3, strides=(1, 2), padding="same", implementation=2)
    add("locally_connected2d", lambda: variants(L.LocallyConnected2D, (3, 4, 3), two), rows=2)
