"""Complete networks at small image sizes, with synthetic weights: only architecture and arrays are stored."""

import numpy as np

from generate.building import Input, L, Model, keras


def application(name, size, **arguments):
    def build():
        constructor = getattr(keras.applications, name)
        return constructor(
            weights=None, input_shape=(size, size, 3), classes=100, classifier_activation=None, **arguments
        )

    return build


def efficientnet():
    """Its stages are outputs, because after sixteen gates near one half the last one hardly depends on the image."""
    base = application("EfficientNetB0", 48)()
    stages = ["block3b_add", "block4c_add", "block5c_add", "block6d_add"]
    return Model(base.inputs, [base.get_layer(name).output for name in stages] + [base.outputs[0]])


def image(size, low, high):
    return lambda random: (random.integers(0, 256, (2, size, size, 3)) / 255 * (high - low) + low).astype(
        "float32"
    )


def whole_pixels(random):
    return random.integers(0, 256, (2, 48, 48, 3)).astype("float32")


def encoder_layer(x, mask, heads, width, name):
    attended = L.MultiHeadAttention(heads, width // heads, dropout=0.1, name=f"{name}_attention")(
        x, x, attention_mask=mask
    )
    x = L.LayerNormalization(epsilon=1e-12, name=f"{name}_attention_norm")(
        L.Add(name=f"{name}_attention_add")([x, L.Dropout(0.1)(attended)])
    )
    y = L.Dense(width, name=f"{name}_output")(
        L.Dense(4 * width, activation="gelu", name=f"{name}_intermediate")(x)
    )
    return L.LayerNormalization(epsilon=1e-12, name=f"{name}_output_norm")(
        L.Add(name=f"{name}_output_add")([x, L.Dropout(0.1)(y)])
    )


def bert(length=12, width=48, heads=4):
    """Word, position and segment embeddings, two encoder layers, a pooled first token."""
    words, positions, segments = (
        Input((length,), dtype="int32", name=n) for n in ("words", "positions", "segments")
    )
    mask = Input((length,), name="mask")
    tables = [
        L.Embedding(97, width, name="word_embedding")(words),
        L.Embedding(16, width, name="position_embedding")(positions),
        L.Embedding(2, width, name="segment_embedding")(segments),
    ]
    x = L.Dropout(0.1)(
        L.LayerNormalization(epsilon=1e-12, name="embedding_norm")(L.Add(name="embedding_add")(tables))
    )
    keys = L.RepeatVector(length, name="mask_of_each_query")(mask)
    for i in range(2):
        x = encoder_layer(x, keys, heads, width, f"layer{i}")
    return Model(
        [words, positions, segments, mask], [x, L.Dense(width, activation="tanh", name="pooler")(x[:, 0])]
    )


def bert_feed(random):
    lengths = np.array([12, 7, 1])
    mask = (np.arange(12) < lengths[:, None]).astype("float32")
    words = random.integers(1, 97, (3, 12)) * mask
    return [
        words.astype("int32"),
        np.tile(np.arange(12), (3, 1)).astype("int32"),
        random.integers(0, 2, (3, 12)).astype("int32"),
        mask,
    ]


def dense_block(x, layers, growth, name):
    for i in range(layers):
        y = L.ReLU(name=f"{name}_{i}_relu0")(
            L.BatchNormalization(epsilon=1.001e-5, name=f"{name}_{i}_bn0")(x)
        )
        y = L.Conv2D(4 * growth, 1, use_bias=False, name=f"{name}_{i}_conv0")(y)
        y = L.ReLU(name=f"{name}_{i}_relu1")(
            L.BatchNormalization(epsilon=1.001e-5, name=f"{name}_{i}_bn1")(y)
        )
        x = L.Concatenate(name=f"{name}_{i}_concat")(
            [x, L.Conv2D(growth, 3, padding="same", use_bias=False, name=f"{name}_{i}_conv1")(y)]
        )
    return x


def densenet():
    x = Input((37, 33, 3), name="image")
    y = L.Conv2D(16, 7, strides=2, use_bias=False, name="stem")(L.ZeroPadding2D(3)(x))
    y = L.MaxPooling2D(3, strides=2)(L.ZeroPadding2D(1)(L.ReLU()(L.BatchNormalization(name="stem_bn")(y))))
    y = dense_block(y, 3, 8, "block0")
    y = L.Conv2D(20, 1, use_bias=False, name="transition")(
        L.ReLU()(L.BatchNormalization(name="transition_bn")(y))
    )
    y = dense_block(L.AveragePooling2D(2, strides=2)(y), 2, 8, "block1")
    y = L.GlobalAveragePooling2D()(L.ReLU()(L.BatchNormalization(name="last_bn")(y)))
    return Model(x, L.Dense(100, name="logits")(y))


def cases(add):
    options = dict(formats=("synthetic",))
    add("network_resnet50", application("ResNet50", 32), feed=image(32, -100, 150), **options)
    add("network_mobilenet_v2", application("MobileNetV2", 48), feed=image(48, -1, 1), **options)
    add("network_efficientnet_b0", efficientnet, feed=whole_pixels, **options)
    add(
        "network_densenet",
        densenet,
        feed=lambda r: r.normal(0, 1, (2, 37, 33, 3)).astype("float32"),
        **options,
    )
    add("network_bert", bert, feed=bert_feed, **options)
