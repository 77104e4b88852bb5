"""Models in other types: mixed and pure 16-bit policies, float64, int8 kernels, integer and byte inputs."""

from generate.building import KERAS, Input, L, Model, chain, compute, keras


def under(policy, build):
    """`build` under a global policy. The twin that measures noise ignores it: it is float64 throughout."""

    def wrapped():
        keras.mixed_precision.set_global_policy(compute(policy))
        return build()

    return wrapped


def dense_net():
    return chain(
        (6,),
        L.Dense(8, activation="relu"),
        L.BatchNormalization(),
        L.Dense(8, activation="gelu"),
        L.LayerNormalization(),
        L.Dense(3, name="y"),
    )


def classifier():
    """What the guides advise: 16-bit inside, a float32 softmax at the end."""
    return chain(
        (8, 7, 3),
        L.Conv2D(6, 3, padding="same", use_bias=False),
        L.BatchNormalization(),
        L.ReLU(),
        L.DepthwiseConv2D(3, strides=2),
        L.MaxPooling2D(2),
        L.GlobalAveragePooling2D(),
        L.Dense(4),
        L.Activation("softmax", dtype=compute("float32"), name="y"),
    )


def sequence_net():
    x = Input((6,), dtype="int32", name="ids")
    y = L.Embedding(9, 8, mask_zero=True)(x)
    y = L.LSTM(6, return_sequences=True)(y)
    y = L.MultiHeadAttention(2, 3)(y, y)
    return Model(x, L.Dense(2, name="y")(L.GlobalAveragePooling1D()(L.GRU(4, return_sequences=True)(y))))


def one_layer_apart():
    """Each layer carries its own policy."""
    return chain(
        (5,),
        L.Dense(6, dtype=compute("mixed_float16")),
        L.Dense(4, dtype=compute("float32")),
        L.Dense(3, dtype=compute("mixed_bfloat16")),
        L.Dense(2, dtype=compute("float32"), name="y"),
    )


def quantised(build, mode="int8", **config):
    def prepare(model):
        model.quantize(mode, **config)

    return dict(build=build, prepare=prepare, float64=False, keras=(3,))


def mlp():
    return chain((16,), L.Dense(33, activation="relu"), L.Dense(8, name="y"))


def wide_products():
    """257 products of 127 by 127 and more: an accumulator of 16 bits overflows."""
    return chain((257,), L.Dense(5, name="y"))


def int4(**config):
    return keras.quantizers.Int4QuantizationConfig(**config)


def odd_mlp():
    """Odd widths: the last byte of a row holds one int4 value."""
    return chain((9,), L.Dense(7, activation="relu"), L.Dense(3, use_bias=False, name="y"))


def quantised_einsum():
    return chain((3, 6), L.EinsumDense("abc,cde->abde", (None, 2, 5), bias_axes="de", name="y"))


def quantised_embedding():
    return Model(x := Input((4,), dtype="int32", name="x"), L.Dense(3, name="y")(L.Embedding(8, 5, name="table")(x)))


def scales_that_matter(model):
    """What training would have found; the scale of a fresh float8 layer is 1."""
    for i, weight in enumerate(w for w in model.weights if w.name.endswith("s_scale") or w.name == "kernel_scale"):
        weight.assign(0.013 + 0.004 * i)


def quantised_cases(add):
    both, ids = ("keras", "h5"), dict(feed=lambda r: r.integers(0, 8, (4, 4)).astype("int32"))
    ways = {
        "int8": dict(mode="int8"),
        "int4": dict(config=int4(block_size=None)),
        "int4_blocks": dict(config=int4(block_size=4)),
        "int4_int8": dict(config=int4(block_size=None, activation_quantizer=keras.quantizers.AbsMaxQuantizer())),
    }
    for way, arguments in ways.items():
        for name, build, options in (
            ("mlp", odd_mlp, {}),
            ("einsum", quantised_einsum, {}),
            ("embedding", quantised_embedding, ids),
        ):
            case = quantised(build, **{"mode": None, **arguments})
            add(f"{way}_{name}", case.pop("build"), rows=4, formats=both, **case, **options)
    for name, build in (("mlp", odd_mlp), ("einsum", quantised_einsum)):
        case = quantised(build, mode="float8")

        def prepare(model):
            model.quantize("float8")
            scales_that_matter(model)

        case["prepare"] = prepare
        add(f"float8_{name}", case.pop("build"), rows=4, formats=both[: 1 + (name == "einsum")], **case)


def cases(add):
    for policy in ("mixed_float16", "mixed_bfloat16", "float16", "float64"):
        add(
            f"{policy}_dense",
            under(policy, dense_net),
            formats=("keras", "h5") if policy == "mixed_float16" else ("keras",),
            coarse=True,
        )
    add("mixed_float16_classifier", under("mixed_float16", classifier), coarse=True)
    add(
        "mixed_float16_sequence",
        under("mixed_float16", sequence_net),
        coarse=True,
        feed=lambda r: r.integers(1, 9, (3, 6)).astype("int32"),
    )
    add(
        "float64_sequence",
        under("float64", sequence_net),
        feed=lambda r: r.integers(0, 9, (3, 6)).astype("int32"),
    )
    add("policy_of_each_layer", one_layer_apart, coarse=True)
    for name, build in (("int8_dense", mlp), ("int8_dense_wide", wide_products)):
        options = quantised(build)
        add(name, options.pop("build"), rows=4, **options)
    if KERAS == 3:
        quantised_cases(add)
