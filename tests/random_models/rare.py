"""Layers that the other tables do not hold: upsampling, transposed convolutions, images, encodings, ConvLSTM and the like."""

from generate.building import KERAS, L

from random_models.augmenting import TABLE as AUGMENTING
from random_models.choices import extents, need
from random_models.named import natural, root


def of_rank(rank, name, **choices):
    """A layer that takes tensors of this rank (None: of any)."""

    def step(c, x):
        need(rank is None or len(x.shape) == rank)
        return getattr(L, name)(**c.options(**choices))(x)

    return {name: step}


def given(rank, name, **choices):
    """The same, where every argument has to be given."""

    def step(c, x):
        need(len(x.shape) == rank)
        return getattr(L, name)(**{key: c.choice(values) for key, values in choices.items()})(x)

    return {name: step}


def windows():
    table = {}
    for n, rank in ((1, 3), (2, 4), (3, 5)):
        sizes = (2, 3) if n == 1 else (2, (2, 1) if n == 2 else (1, 2, 1))
        table |= given(rank, f"UpSampling{n}D", size=sizes)
        table |= given(
            rank,
            f"Conv{n}DTranspose",
            filters=(1, 3, 8),
            kernel_size=(1, 2, 3),
            strides=(1, 2),
            padding=("same", "valid"),
            use_bias=(True, False),
        )
        for old in ("MaxPool", "AvgPool"):
            table |= given(rank, f"{old}{n}D", pool_size=(1, 2), padding=("same",))
            table |= of_rank(rank, f"Global{old}{n}D", keepdims=(True,))
        table |= given(rank, f"Convolution{n}D", filters=(3,), kernel_size=(2,), padding=("same",))
        table |= given(rank, f"Convolution{n}DTranspose", filters=(3,), kernel_size=(2,), padding=("same",))
        if KERAS == 3:
            table |= given(rank, f"AdaptiveAveragePooling{n}D", output_size=(1, 2)) | given(
                rank, f"AdaptiveMaxPooling{n}D", output_size=(1, 2)
            )
    for n in (1, 2):
        table |= given(n + 2, f"SeparableConvolution{n}D", filters=(3,), kernel_size=(2,), padding=("same",))
    del table["UpSampling2D"]
    return table | given(4, "UpSampling2D", size=(2, (1, 3)), interpolation=("nearest", "bilinear"))


def conv_lstm(n):
    def step(c, x):
        need(len(x.shape) == n + 2 and extents(x)[0] is not None and extents(x)[-1] is not None)
        frames = root.expand_dims(x, 1)
        frames = (
            root.concat([frames, root.cos(frames)], 1)
            if KERAS == 2
            else root.concatenate([frames, root.cos(frames)], axis=1)
        )
        layer = getattr(L, f"ConvLSTM{n}D")
        return layer(
            c.choice((1, 2, 4)),
            c.choice((1, 2, 3)),
            padding=c.choice(("same", "valid")),
            return_sequences=c.maybe(0.3),
            **c.options(use_bias=(True, False)),
        )(frames)

    return step


def group_normalization(c, x):
    last = extents(x)[-1]
    need(last is not None and len(x.shape) > 2)
    groups = c.choice([g for g in range(1, last + 1) if last % g == 0])
    return L.GroupNormalization(groups, **c.options(epsilon=(1e-5, 0.1), center=(True, False), scale=(True, False)))(x)


def spectral(c, x):
    return L.SpectralNormalization(L.Dense(c.choice((1, 3, 8))), **c.options(power_iterations=(1, 2)))(x)


def dot(c, x):
    need(len(x.shape) == 3 and None not in extents(x))
    axes = c.choice((1, 2, (1, 1), (2, 2)))
    return L.Dot(axes, normalize=c.maybe())([x, root.cos(x)])


def encoded(c, x):
    need(len(x.shape) == 2)
    mode = c.choice(("multi_hot", "count", "one_hot")) if x.shape[-1] == 1 else c.choice(("multi_hot", "count"))
    return L.CategoryEncoding(num_tokens=5, output_mode=mode)(natural(x, 5))


def discretized(c, x):
    need(len(x.shape) == 2)
    kind = c.choice(("int", "multi_hot"))
    y = L.Discretization(bin_boundaries=[-1.0, -0.25, 0.0, 0.5, 1.5], output_mode=kind)(x)
    return L.Embedding(6, 3)(y) if kind == "int" else y


def looked_up(c, x):
    need(len(x.shape) == 2)
    y = L.IntegerLookup(vocabulary=[1, 2, 4], num_oov_indices=c.choice((1, 2)))(root.cast(natural(x, 6), "int64"))
    return L.Embedding(7, 3)(y)


def hashed(c, x):
    need(len(x.shape) == 2)
    salt = {"salt": c.choice((3, [5, 7]))} if c.maybe(0.3) else {}
    return L.Embedding(9, 3)(L.Hashing(9, **salt)(root.cast(natural(x, 20), "int64")))


def crossed(c, x):
    need(len(x.shape) == 2)
    a, b = root.cast(natural(x[:, :1], 7), "int64"), root.cast(natural(root.cos(x[:, :1]), 5), "int64")
    return L.HashedCrossing(11, output_mode="one_hot")((a, b))


def padded_bow(c, x):
    need(len(x.shape) == 3 and None not in extents(x))
    return L.GroupQueryAttention(head_dim=c.choice((1, 4, 5)), num_query_heads=4, num_key_value_heads=c.choice((1, 2, 4)))(
        x, x, use_causal_mask=c.maybe(0.3)
    )


def spectrogram(name, **choices):
    def step(c, x):
        need(len(x.shape) == 2 and (x.shape[-1] or 0) >= 16)
        y = root.expand_dims(x, -1) if name.startswith("STFT") else x
        return getattr(L, name)(**{key: c.choice(values) for key, values in choices.items()})(y)

    return {name: step}


def activated(c, x):
    more = ("sparsemax",) if KERAS == 3 else ()
    return L.Activation(c.choice(("exponential", "log_softmax" if KERAS == 3 else "linear", *more)))(root.tanh(x))


TABLE = {
    **windows(),
    **AUGMENTING,
    "Activation": activated,
    **{f"ConvLSTM{n}D": conv_lstm(n) for n in (1, 2, 3)},
    "GroupNormalization": group_normalization,
    "SpectralNormalization": spectral,
    "Dot": dot,
    "CategoryEncoding": encoded,
    "Discretization": discretized,
    "IntegerLookup": looked_up,
    "Hashing": hashed,
    "HashedCrossing": crossed,
    **given(4, "CenterCrop", height=(1, 2, 5), width=(1, 3, 7)),
    **given(
        4,
        "Resizing",
        height=(1, 4, 6),
        width=(2, 5),
        interpolation=("nearest", "bilinear", "bicubic"),
        crop_to_aspect_ratio=(True, False),
    ),
    **given(4, "RandomFlip", mode=("horizontal", "vertical")) | given(4, "RandomRotation", factor=(0.2,)),
    **given(4, "RandomZoom", height_factor=(0.2,)) | given(4, "RandomContrast", factor=(0.2,)),
    **given(4, "RandomTranslation", height_factor=(0.2,), width_factor=(0.1,)),
    **given(4, "RandomBrightness", factor=(0.2,)) | given(4, "RandomCrop", height=(1, 3), width=(2,)),
}
if KERAS == 2:
    TABLE |= given(3, "LocallyConnected1D", filters=(2,), kernel_size=(1, 2)) | given(
        4, "LocallyConnected2D", filters=(2,), kernel_size=(1, 2), implementation=(1, 2)
    )
    TABLE |= (
        of_rank(None, "ThresholdedReLU", theta=(0.3, 1.5))
        | given(4, "RandomHeight", factor=(0.2,))
        | given(4, "RandomWidth", factor=(0.2,))
    )
else:
    TABLE |= {"GroupQueryAttention": padded_bow, **of_rank(None, "RMSNormalization", epsilon=(1e-5, 0.1))}
    TABLE |= {
        "ReversibleEmbedding": lambda c, x: L.ReversibleEmbedding(5, 3)(natural(x, 5)) if len(x.shape) == 2 else need(False)
    }
    TABLE |= spectrogram(
        "STFTSpectrogram",
        mode=("log", "magnitude", "psd", "real"),
        frame_length=(4, 8),
        frame_step=(2, 4),
        fft_length=(8,),
        window=(None,),
    )
    TABLE |= spectrogram(
        "MelSpectrogram",
        sequence_length=(8,),
        sequence_stride=(4,),
        fft_length=(8,),
        num_mel_bins=(3,),
        sampling_rate=(4000,),
        min_freq=(10.0,),
    )
    TABLE["Pipeline"] = lambda c, x: (
        L.Pipeline([L.Rescaling(0.5), L.CenterCrop(2, 2)])(x) if len(x.shape) == 4 else need(False)
    )
