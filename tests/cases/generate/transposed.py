"""Transposed convolutions: strides below, at and above the kernel's size, edges, dilations, formats.

TensorFlow has neither channels-first nor dilated ones on the CPU: those cases are compiled by XLA (`xla=True`).
"""

from generate.building import L, chain, variants

CONV1D = {
    "valid": dict(filters=4, kernel_size=3),
    "same": dict(filters=4, kernel_size=3, padding="same"),
    "same_even": dict(filters=3, kernel_size=4, padding="same", activation="tanh"),
    "stride2": dict(filters=3, kernel_size=3, strides=2),
    "stride2_even": dict(filters=3, kernel_size=4, strides=2),
    "same_stride2": dict(filters=3, kernel_size=3, strides=2, padding="same"),
    "same_stride2_even": dict(filters=3, kernel_size=4, strides=2, padding="same"),
    "same_stride3": dict(filters=2, kernel_size=7, strides=3, padding="same"),
    "gaps": dict(filters=2, kernel_size=2, strides=5, activation="sigmoid"),
    "same_gaps": dict(filters=2, kernel_size=1, strides=3, padding="same", use_bias=False),
    "more": dict(filters=2, kernel_size=3, strides=2, output_padding=1),
    "same_more": dict(filters=2, kernel_size=5, strides=4, padding="same", output_padding=3),
    "same_less": dict(filters=2, kernel_size=3, strides=2, padding="same", output_padding=0),
    "softmax": dict(filters=5, kernel_size=2, strides=2, activation="softmax"),
}

CONV2D = {
    "valid": dict(filters=3, kernel_size=3),
    "same": dict(filters=3, kernel_size=(2, 3), padding="same"),
    "double": dict(filters=3, kernel_size=2, strides=2, activation="relu"),
    "same_stride2": dict(filters=3, kernel_size=3, strides=2, padding="same", activation="relu"),
    "same_stride2_even": dict(filters=3, kernel_size=4, strides=2, padding="same", use_bias=False),
    "stride23": dict(filters=2, kernel_size=(3, 4), strides=(2, 3)),
    "same_stride32": dict(filters=2, kernel_size=(5, 3), strides=(3, 2), padding="same"),
    "gaps": dict(filters=2, kernel_size=(1, 2), strides=(3, 2), padding="same", activation="elu"),
    "more": dict(filters=2, kernel_size=3, strides=(2, 3), output_padding=(1, 2)),
    "same_more": dict(filters=2, kernel_size=3, strides=2, padding="same", output_padding=(0, 1)),
    "row": dict(filters=2, kernel_size=(1, 6), strides=(1, 4), padding="same"),
    "five": dict(filters=1, kernel_size=5, strides=2, padding="same"),
}

CONV3D = {
    "valid": dict(filters=2, kernel_size=2),
    "same_stride2": dict(filters=2, kernel_size=3, strides=2, padding="same", activation="relu"),
    "stride": dict(filters=1, kernel_size=(2, 3, 1), strides=(2, 1, 3)),
    "same_stride": dict(filters=1, kernel_size=(3, 2, 4), strides=(1, 3, 2), padding="same"),
    "more": dict(filters=1, kernel_size=2, strides=(2, 2, 3), output_padding=(1, 0, 2)),
}

DILATED = {
    "valid": dict(filters=3, kernel_size=3, dilation_rate=2),
    "same": dict(filters=3, kernel_size=3, dilation_rate=2, padding="same"),
    "same_even": dict(filters=2, kernel_size=2, dilation_rate=3, padding="same"),
}


def with_first(table, *names):
    return {name: {**table[name], "data_format": "channels_first"} for name in names}


def cases(add):
    add("conv1d_transpose", lambda: variants(L.Conv1DTranspose, (7, 3), CONV1D), rows=2)
    add("conv2d_transpose", lambda: variants(L.Conv2DTranspose, (5, 4, 3), CONV2D), rows=2)
    add("conv3d_transpose", lambda: variants(L.Conv3DTranspose, (3, 4, 2, 2), CONV3D), rows=1)
    first2d = with_first(CONV2D, "valid", "double", "same_stride2", "same_stride32", "same_more")
    add("conv2d_transpose_first", lambda: variants(L.Conv2DTranspose, (3, 5, 4), first2d), rows=2, xla=True)
    first1d = with_first(CONV1D, "valid", "same_stride2_even", "gaps", "softmax")
    add("conv1d_transpose_first", lambda: variants(L.Conv1DTranspose, (3, 7), first1d), rows=2, xla=True)
    first3d = with_first(CONV3D, "same_stride2", "stride")
    add("conv3d_transpose_first", lambda: variants(L.Conv3DTranspose, (2, 3, 4, 2), first3d), rows=1, xla=True)
    add("conv1d_transpose_dilated", lambda: variants(L.Conv1DTranspose, (9, 3), DILATED), rows=2, xla=True)
    add("conv2d_transpose_dilated", lambda: variants(L.Conv2DTranspose, (5, 6, 2), DILATED), rows=2, xla=True)
    add("conv3d_transpose_dilated", lambda: variants(L.Conv3DTranspose, (4, 5, 4, 2), DILATED), rows=1, xla=True)
    add(
        "conv2d_transpose_free_size",
        lambda: chain((None, None, 2), L.Conv2DTranspose(3, 3, strides=2, padding="same", name="y")),
        feed=lambda r: r.normal(0, 1, (2, 3, 5, 2)).astype("float32"),
        formats=("keras", "h5"),
    )
    add("conv2d_transpose_33", lambda: chain((3, 2, 33), L.Conv2DTranspose(17, 2, strides=2, name="y")), rows=1)
    add(
        "conv2d_transpose_decoder",
        lambda: chain(
            (6, 6, 2),
            L.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            L.Conv2DTranspose(3, 3, strides=2, padding="same"),
            L.BatchNormalization(),
            L.ReLU(),
            L.Conv2D(1, 1, name="y"),
        ),
        rows=3,
    )
    add("conv2d_transpose_no_rows", lambda: chain((3, 4, 2), L.Conv2DTranspose(3, 3, strides=2, name="y")), rows=0)
