"""TensorFlow Addons, which supports only Keras 2. Its gelu and mish are omitted: Keras 2.15 writes them as its own functions of
these names."""

import importlib.util

from generate.building import Input, L, Model, chain, variants

AVAILABLE = importlib.util.find_spec("tensorflow_addons") is not None
if AVAILABLE:
    import tensorflow_addons as tfa

    A = tfa.layers
    ACTIVATIONS = ("hardshrink", "lisht", "rrelu", "softshrink", "sparsemax", "snake", "tanhshrink")


def activations(add):
    def named():
        x = Input((4, 7), name="x")
        return Model(x, [L.Activation(getattr(tfa.activations, name), name=f"act_{name}")(x) for name in ACTIVATIONS])

    add("addons_activations", named, formats=("keras", "h5"))
    add("addons_activation_of_dense", lambda: chain((5,), L.Dense(4, activation=tfa.activations.lisht, name="y")))

    def layers():
        x = Input((4, 6), name="x")
        table = {
            "gelu": A.GELU(),
            "gelu_exact": A.GELU(approximate=False),
            "snake": A.Snake(),
            "sparsemax": A.Sparsemax(),
            "sparsemax_axis": A.Sparsemax(axis=1),
            "tlu": A.TLU(),
            "tlu_affine": A.TLU(affine=True),
            "maxout": A.Maxout(3),
            "maxout_axis": A.Maxout(2, axis=1),
        }
        return Model(x, [L.Activation("linear", name=f"{name}_result")(layer(x)) for name, layer in table.items()])

    add("addons_activation_layers", layers, formats=("keras", "h5"))


def normalisations(add):
    add(
        "addons_instance_normalization",
        lambda: variants(A.InstanceNormalization, (5, 4, 3), {"plain": {}, "first": dict(axis=1), "bare": dict(center=False, scale=False, epsilon=1e-5)}),
        formats=("keras", "h5"),
    )
    add(
        "addons_group_normalization",
        lambda: variants(A.GroupNormalization, (5, 4, 6), {"two": dict(groups=2), "one": dict(groups=1), "six": dict(groups=6), "axis": dict(groups=2, axis=2)}),
        formats=("keras", "h5"),
    )
    add(
        "addons_filter_response",
        lambda: variants(A.FilterResponseNormalization, (5, 4, 3), {"plain": {}, "learned": dict(learned_epsilon=True)}),
        formats=("keras", "h5"),
    )
    add(
        "addons_spectral_normalization",
        lambda: chain((5, 4, 3), A.SpectralNormalization(L.Conv2D(4, 2)), L.Flatten(), A.SpectralNormalization(L.Dense(3), name="y")),
        formats=("keras", "h5"),
    )


def weight_normalisation(add):
    def initialised(model):
        for variable in model.weights:
            if variable.name.endswith("initialized:0"):
                variable.assign(True)

    for name, data_init in (("addons_weight_normalization", False), ("addons_weight_normalization_data", True)):
        add(
            name,
            lambda data_init=data_init: chain(
                (6, 5, 2),
                A.WeightNormalization(L.Conv2D(3, 2, activation="relu"), data_init=data_init),
                L.Flatten(),
                A.WeightNormalization(L.Dense(4), data_init=data_init, name="y"),
            ),
            formats=("h5",),  # archives lack the kernels of the inner layers, which are tensors at that time
            prepare=initialised,
            float64=False,
        )
    add(
        "addons_weight_normalization_fresh",
        lambda: chain((5,), A.WeightNormalization(L.Dense(4), name="y")),
        formats=("h5",),
        expect_error="was saved before it was called",
    )


def others(add):
    def crossing():
        a, b = Input((6,), name="a"), Input((6,), name="b")
        plain = A.PolynomialCrossing(name="plain")([a, b])
        low_rank = A.PolynomialCrossing(projection_dim=2, diag_scale=0.3, use_bias=False, name="low_rank")([a, b])
        deep = A.StochasticDepth(0.7, name="deep")([plain, low_rank])
        return Model([a, b], [plain, low_rank, deep])

    add("addons_pairs", crossing, formats=("keras", "h5"))
    add(
        "addons_noisy_dense",
        lambda: chain((5,), A.NoisyDense(6, activation="relu"), A.NoisyDense(3, use_factorised=False, name="y")),
        formats=("keras", "h5"),
    )
    for axes, shape, sizes in ((1, (6, 3), 3), (2, (6, 4, 3), (3, 2)), (3, (4, 6, 2, 3), (2, 3, 1))):
        add(
            f"addons_adaptive_pooling{axes}d",
            lambda axes=axes, shape=shape, sizes=sizes: chain_both(axes, shape, sizes),
            formats=("keras", "h5") if axes == 2 else ("keras",),
        )


def chain_both(axes, shape, sizes):
    x = Input(shape, name="x")
    average = getattr(A, f"AdaptiveAveragePooling{axes}D")
    largest = getattr(A, f"AdaptiveMaxPooling{axes}D")
    outputs = [average(sizes, name="average")(x), largest(sizes, name="largest")(x)]
    first = average(1, data_format="channels_first", name="first")(x)
    return Model(x, [*outputs, first])


def cells(add):
    R = tfa.rnn
    table = {
        "peephole": lambda: R.PeepholeLSTMCell(3),
        "norm_lstm": lambda: R.LayerNormLSTMCell(3, norm_epsilon=0.01, recurrent_dropout=0.2),
        "norm_simple": lambda: R.LayerNormSimpleRNNCell(4, activation="relu"),
        "nas": lambda: R.NASCell(3),
        "nas_projected": lambda: R.NASCell(3, projection=2, use_bias=True),
        "echo": lambda: R.ESNCell(4, connectivity=0.5, leaky=0.7),
    }

    def wrapped():
        x = Input((5, 3), name="x")
        y = L.Masking(name="masking")(x)
        return Model(x, [L.RNN(make(), return_sequences=i % 2 == 0, name=name)(y) for i, (name, make) in enumerate(table.items())])

    add("addons_cells", wrapped, formats=("keras", "h5"))
    add(
        "addons_esn",
        lambda: chain((5, 3), A.ESN(4, leaky=0.6, use_bias=False, return_sequences=True), A.ESN(3, go_backwards=True, name="y")),
        formats=("keras", "h5"),
    )


def fields(add):
    def crf(masks, names, **own):
        x = Input((5,), dtype="int32", name="x")
        y = L.Embedding(9, 4, mask_zero=masks, name="embedding")(x)
        results = dict(zip(("tags", "potentials", "lengths"), A.CRF(4, name="crf", **own)(y)))
        return Model(x, [results[name] for name in names])

    def padded(r):
        ids = r.integers(1, 9, (4, 5)).astype("int32")
        ids[1, 3:], ids[2, 1:] = 0, 0
        return [ids]

    everything = ("tags", "potentials", "lengths")
    add("addons_crf", lambda: crf(True, everything), feed=padded, formats=("keras", "h5"))
    add("addons_crf_plain", lambda: crf(False, everything, use_kernel=False, use_boundary=False), feed=padded)


def cases(add):
    if not AVAILABLE:
        return
    cells(add)
    fields(add)
    activations(add)
    normalisations(add)
    weight_normalisation(add)
    others(add)
