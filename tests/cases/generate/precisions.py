"""Models in other types: mixed and pure 16-bit policies, float64, int8 kernels, integer and byte inputs."""

from generate.building import KERAS, Input, L, Model, chain, compute, keras


def under(policy, build):
    """Runs `build` under a global policy. The twin that measures noise ignores the policy: it is float64 throughout."""

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
    """The setup that guides recommend: 16-bit layers, and a float32 softmax at the end."""
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
    """Each layer has its own policy."""
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
    """Scales as training would set them; the scale of a new float8 layer is 1."""
    for i, weight in enumerate(w for w in model.weights if w.name.endswith("s_scale") or w.name == "kernel_scale"):
        weight.assign(0.013 + 0.004 * i)


def reversible(tied):
    """A table of vectors by id that also projects back onto ids; 7 is odd, so the last byte contains one int4 value."""
    layer = L.ReversibleEmbedding(9, 7, tie_weights=tied, logit_soft_cap=3.0, name="table")
    x = Input((4,), dtype="int32", name="x")
    return Model(x, layer(L.Dense(7, name="between", activation="tanh")(layer(x)), reverse=True))


def saves_zero_points(layer):
    """Keras 3.15 does not save the zero points of GPTQ and AWQ; its own reader expects them here."""
    layer._get_kernel_with_merged_lora = lambda: (None, None, layer.kernel_zero)


def calibrated(method, group, bits=4, order=False, whole=True):
    """Each layer quantised by Keras's own GPTQ or AWQ over random activations."""
    import numpy as np
    from keras.src.quantizers import awq, gptq

    def prepare(model):
        given = dict(dataset=None, tokenizer=None, weight_bits=bits, group_size=group)
        for layer in [l for l in model.layers if isinstance(l, (L.Dense, L.EinsumDense))]:
            if method == "gptq":
                config = keras.quantizers.GPTQConfig(activation_order=order, **given)
            else:
                config = keras.quantizers.AWQConfig(num_grid_points=5, **given)
            rows = layer.kernel.shape[0] if len(layer.kernel.shape) == 2 else layer.input.shape[-1]
            if isinstance(layer, L.EinsumDense) and layer.kernel.shape[0] < max(layer.kernel.shape):
                rows = layer.kernel.shape[0] * layer.kernel.shape[1]
            batch = np.random.default_rng(rows).normal(size=(32, rows)) * np.arange(1, rows + 1)
            batch = batch.astype("float32")
            layer.quantize(method, config=config)
            if method == "gptq":
                tool = gptq.GPTQ(layer, config)
                tool.update_hessian_with_batch(batch)
                tool.quantize_and_correct_layer()
            else:
                tool = awq.AWQ(layer, config)
                tool.update_activation_magnitudes(batch)
                tool.quantize_layer()
            if whole:
                saves_zero_points(layer)

    return prepare


def einsum_out():
    """The kernel's first two axes are its rows, and the last is the longest."""
    return chain((3, 2, 4), L.EinsumDense("abcd,cde->abe", (3, 9), bias_axes="e", name="y"))


def calibrated_cases(add):
    ways = {
        "gptq": calibrated("gptq", -1),
        "gptq_blocks": calibrated("gptq", 4, order=True),
        "gptq_2_bits": calibrated("gptq", 4, bits=2),
        "gptq_8_bits": calibrated("gptq", -1, bits=8),
        "awq": calibrated("awq", -1),
        "awq_blocks": calibrated("awq", 4),
    }
    for way, prepare in ways.items():
        for name, build in (("mlp", odd_mlp), ("einsum", quantised_einsum), ("einsum_out", einsum_out)):
            add(f"{way}_{name}", build, prepare=prepare, rows=4, float64=False, keras=(3,))
    lost = dict(prepare=calibrated("gptq", -1, whole=False), expect_error="zero points", keras=(3,))
    add("refuse_gptq_without_zero_points", odd_mlp, **lost)


def reversible_cases(add):
    ids = dict(feed=lambda r: r.integers(0, 9, (4, 4)).astype("int32"))
    ways = {
        "int8": dict(mode="int8"),
        "int4": dict(config=int4(block_size=None)),
        "int4_blocks": dict(config=int4(block_size=4)),
        "int4_int8": dict(config=int4(block_size=None, activation_quantizer=keras.quantizers.AbsMaxQuantizer(axis=-1))),
    }
    for way, arguments in ways.items():
        for name, tied in (("tied", True), ("untied", False)):
            case = quantised(lambda tied=tied: reversible(tied), **{"mode": None, **arguments})
            formats = ("keras", "h5")[: 1 + (way == "int4_blocks")]
            add(f"{way}_reversible_{name}", case.pop("build"), rows=4, formats=formats, **case, **ids)

    def without_config(model):
        model.get_layer("table").quantize("int4")

    add("int4_reversible_alone", lambda: reversible(True), prepare=without_config, rows=4, float64=False, keras=(3,), **ids)


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
        in_steps = quantised(lambda: chain((3, 4), L.TimeDistributed(L.Dense(5, name="dense"), name="y")))
        add("int8_in_time_distributed", in_steps.pop("build"), expect_error="whose scales Keras leaves out", **in_steps)
        quantised_cases(add)
        calibrated_cases(add)
        reversible_cases(add)
