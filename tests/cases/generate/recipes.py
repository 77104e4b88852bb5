"""Classes that people copy from examples, by the formulas of those examples: Keraunos reads such files with the example's recipe alone."""

import numpy as np

from generate.building import KERAS, Input, L, Model, keras
from generate.oracle import tf

register = keras.saving.register_keras_serializable if KERAS == 3 else keras.utils.register_keras_serializable
BOTH = ("keras", "h5")
ALL = BOTH if KERAS == 3 else ("keras", "h5", "tf")
TEXT = "keras_io/text_classification_with_transformer"
GPT = "keras_io/text_generation_with_miniature_gpt"
OLD = {"text": "keras_io_2020", "gpt": "keras_io_2020/text_generation_with_miniature_gpt"}


class Copied(L.Layer):
    """A layer whose config holds the arguments of its constructor. Keras 3 reads its file where build() makes the layers inside."""

    reads = None

    def build(self, shape):
        if KERAS == 3:
            keras.src.backend.compute_output_spec(self.call, keras.KerasTensor(shape, self.reads or self.compute_dtype))
        self.built = True

    def arguments(self, **own):
        self.own = own

    def get_config(self):
        return {**super().get_config(), **self.own}


def pair(hidden, units, activation="relu"):
    return keras.Sequential([L.Dense(hidden, activation=activation), L.Dense(units)])


def known(*classes):
    """What load_model knows the classes by: their names."""
    keras.utils.get_custom_objects().update({cls.__name__: cls for cls in classes})
    return classes


def causal(steps):
    return tf.range(steps)[:, None] >= tf.range(steps)


class TokenAndPositionEmbedding(Copied):
    reads = "int32"

    def __init__(self, maxlen, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(maxlen=maxlen, vocab_size=vocab_size, embed_dim=embed_dim)
        self.token_emb = L.Embedding(vocab_size, embed_dim)
        self.pos_emb = L.Embedding(maxlen, embed_dim)

    def call(self, x):
        return self.token_emb(x) + self.pos_emb(tf.range(tf.shape(x)[-1]))

    def compute_output_shape(self, shape):
        return (*shape, self.own["embed_dim"])


def block_class(attention, changed=()):
    """`attention(embed_dim, num_heads)` makes the layer `att`, which is called with what attends twice where it is Keras's."""

    class TransformerBlock(Copied):
        def __init__(self, embed_dim, num_heads, ff_dim, rate=0.1, **kwargs):
            super().__init__(**kwargs)
            self.arguments(embed_dim=embed_dim, num_heads=num_heads, ff_dim=ff_dim, rate=rate)
            if "key" in changed:
                self.own["mode"] = 3
            self.att = attention(embed_dim, num_heads)
            self.ffn = pair(ff_dim, embed_dim)
            self.layernorm1 = L.LayerNormalization(epsilon=1e-6)
            self.layernorm2 = L.LayerNormalization(epsilon=1e-6)
            self.dropout1 = L.Dropout(rate)
            self.dropout2 = L.Dropout(rate)
            if "weights" in changed:
                self.layernorm3 = L.LayerNormalization()

        def call(self, x, other=None):
            first = self.layernorm1(x + self.dropout1(self.attended(x)))
            y = self.layernorm2(first + self.dropout2(self.ffn(first)))
            return self.layernorm3(y) if "weights" in changed else y

        def attended(self, x):
            if not isinstance(self.att, L.MultiHeadAttention):
                return self.att(x)
            if "causal" not in changed:
                return self.att(x, x)
            mask = tf.broadcast_to(causal(tf.shape(x)[1])[None], (tf.shape(x)[0], tf.shape(x)[1], tf.shape(x)[1]))
            return self.att(x, x, attention_mask=mask)

        def compute_output_shape(self, shape):
            return shape

    return TransformerBlock


def heads_class(is_causal):
    class MultiHeadSelfAttention(Copied):
        def __init__(self, embed_dim, num_heads=8, **kwargs):
            super().__init__(**kwargs)
            self.arguments(embed_dim=embed_dim, num_heads=num_heads)
            self.query_dense, self.key_dense = L.Dense(embed_dim), L.Dense(embed_dim)
            self.value_dense, self.combine_heads = L.Dense(embed_dim), L.Dense(embed_dim)

        def apart(self, x):
            heads = self.own["num_heads"]
            return tf.transpose(tf.reshape(x, (tf.shape(x)[0], -1, heads, self.own["embed_dim"] // heads)), (0, 2, 1, 3))

        def call(self, x):
            query, key, value = (self.apart(part(x)) for part in (self.query_dense, self.key_dense, self.value_dense))
            scores = tf.matmul(query, key, transpose_b=True) / tf.sqrt(tf.cast(tf.shape(key)[-1], x.dtype))
            if is_causal:
                seen = tf.cast(causal(tf.shape(scores)[-1]), x.dtype)
                scores = scores * seen - 1e4 * (1 - seen)
            y = tf.transpose(tf.matmul(tf.nn.softmax(scores, -1), value), (0, 2, 1, 3))
            return self.combine_heads(tf.reshape(y, tf.shape(x)))

        def compute_output_shape(self, shape):
            return shape

    return MultiHeadSelfAttention


def plain_attention(embed_dim, num_heads):
    return L.MultiHeadAttention(num_heads=num_heads, key_dim=embed_dim)


def classifier(block):
    known(TokenAndPositionEmbedding, block)
    x = Input((6,), dtype="int32", name="x")
    y = block(4, 2, 5, name="block")(TokenAndPositionEmbedding(6, 9, 4, name="embedding")(x))
    y = block(4, 2, 3, name="second")(y)
    return Model(x, L.Dense(2, name="y")(L.GlobalAveragePooling1D()(y)))


def called_with_more(block):
    known(TokenAndPositionEmbedding, block)
    x = Input((6,), dtype="int32", name="x")
    y = TokenAndPositionEmbedding(6, 9, 4, name="embedding")(x)
    return Model(x, L.GlobalAveragePooling1D()(block(4, 2, 5, name="block")(y, other=y)))


def generator(block):
    known(TokenAndPositionEmbedding, block)
    x = Input((6,), dtype="int32", name="x")
    y = block(4, 2, 5, name="block")(TokenAndPositionEmbedding(7, 9, 4, name="embedding")(x))
    return Model(x, [L.Dense(9, name="next")(y), y])


def texts(add):
    def recipe(name):
        return {"recipe": name, "custom_objects": f"the recipe {name}"}

    plain = block_class(plain_attention)
    add("recipe_text", lambda: classifier(plain), formats=ALL, **recipe("keras_io"))
    add("recipe_text_named", lambda: classifier(plain), formats=("h5",), **recipe(TEXT))
    gpt = block_class(plain_attention, ("causal",))
    add("recipe_gpt", lambda: generator(gpt), formats=BOTH, **recipe(GPT))
    for ending, is_causal, build in (("text", False, classifier), ("gpt", True, generator)):
        old = block_class(lambda width, heads, own=heads_class(is_causal): own(width, heads))
        add(f"recipe_{ending}_2020", lambda old=old, build=build: build(old), formats=BOTH, **recipe(OLD[ending]))
    say = {"expect_error": "TransformerBlock", "expect_also": ["--recipe keras_io", "CustomObjects::recipe"]}
    add("recipe_text_unasked", lambda: classifier(plain), **say)
    say = {"expect_error": "name the recipe", "expect_also": [TEXT, GPT], **recipe("keras_io")}
    add("recipe_gpt_unclear", lambda: generator(gpt), **say)
    narrow = block_class(lambda width, heads: L.MultiHeadAttention(num_heads=heads, key_dim=width // heads))
    say = {"expect_error": "changed the class", "expect_also": [TEXT], **recipe("keras_io")}
    add("recipe_changed_shapes", lambda: classifier(narrow), formats=BOTH, **say)
    more = block_class(plain_attention, ("weights",))
    add("recipe_changed_weights", lambda: classifier(more), formats=ALL, **say)
    say = {"expect_error": '"other"', "expect_also": ["block", "does not take"], **recipe("keras_io")}
    add("recipe_changed_call", lambda: called_with_more(plain), **say)
    keyed = block_class(plain_attention, ("key",))
    say = {"expect_error": "config keys", "expect_also": ["TransformerBlock", TEXT], **recipe("keras_io")}
    add("recipe_changed_keys", lambda: classifier(keyed), **say)


def windows_of(images, height, width):
    """(batch, rows * columns, height * width * channels)"""
    shape = tf.shape(images)
    rows, columns, channels = shape[1] // height, shape[2] // width, images.shape[3]
    x = images[:, : rows * height, : columns * width]
    x = tf.transpose(tf.reshape(x, (-1, rows, height, columns, width, channels)), (0, 1, 3, 2, 4, 5))
    return tf.reshape(x, (-1, rows * columns, height * width * channels))


class Patches(Copied):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.arguments(patch_size=patch_size)

    def call(self, images):
        return windows_of(images, self.own["patch_size"], self.own["patch_size"])

    def compute_output_shape(self, shape):
        size = self.own["patch_size"]
        return (shape[0], (shape[1] // size) * (shape[2] // size), size * size * shape[3])


class PatchEncoder(Copied):
    def __init__(self, num_patches, projection_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(num_patches=num_patches, projection_dim=projection_dim)
        self.projection = L.Dense(projection_dim)
        self.position_embedding = L.Embedding(num_patches, projection_dim)

    def call(self, patches):
        return self.projection(patches) + self.position_embedding(tf.range(self.own["num_patches"]))

    def compute_output_shape(self, shape):
        return (*shape[:2], self.own["projection_dim"])


def vit(patches, encoder):
    x = Input((7, 6, 2), name="x")
    y = encoder(9, 4, name="encoder")(patches(2, name="patches")(x))
    z = L.MultiHeadAttention(2, 3, name="attention")(y, y)
    return Model(x, [L.Dense(3, name="y")(L.Flatten()(L.Add()([y, z]))), y])


class CCTTokenizer(Copied):
    def __init__(self, kernel_size, stride, padding, pooling_kernel_size, pooling_stride, num_conv_layers, num_output_channels, positional_emb, **kwargs):
        super().__init__(**kwargs)
        self.arguments(
            kernel_size=kernel_size,
            stride=stride,
            padding=padding,
            pooling_kernel_size=pooling_kernel_size,
            pooling_stride=pooling_stride,
            num_conv_layers=num_conv_layers,
            num_output_channels=list(num_output_channels),
            positional_emb=positional_emb,
        )
        self.conv_model = keras.Sequential()
        for i in range(num_conv_layers):
            self.conv_model.add(L.Conv2D(num_output_channels[i], kernel_size, stride, use_bias=False, activation="relu"))
            self.conv_model.add(L.ZeroPadding2D(padding))
            self.conv_model.add(L.MaxPooling2D(pooling_kernel_size, pooling_stride, "same"))

    def call(self, images):
        y = self.conv_model(images)
        return tf.reshape(y, (-1, y.shape[1] * y.shape[2], y.shape[3]))


class StochasticDepth(Copied):
    def __init__(self, drop_prop, **kwargs):
        super().__init__(**kwargs)
        self.arguments(drop_prop=drop_prop)

    def call(self, x, training=None):
        return x

    def compute_output_shape(self, shape):
        return shape


class PositionEmbedding(Copied):
    def __init__(self, sequence_length, initializer="glorot_uniform", **kwargs):
        super().__init__(**kwargs)
        self.arguments(sequence_length=sequence_length, initializer=initializer)

    def build(self, shape):
        self.position_embeddings = self.add_weight(name="embeddings", shape=(self.own["sequence_length"], shape[-1]))

    def call(self, x):
        return tf.broadcast_to(self.position_embeddings[: tf.shape(x)[1]], tf.shape(x))

    def compute_output_shape(self, shape):
        return shape


class SequencePooling(Copied):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.arguments()
        self.attention = L.Dense(1)

    def call(self, x):
        return tf.squeeze(tf.matmul(tf.nn.softmax(self.attention(x), 1), x, transpose_a=True), 1)

    def compute_output_shape(self, shape):
        return (shape[0], shape[2])


def cct():
    known(CCTTokenizer, StochasticDepth, PositionEmbedding, SequencePooling)
    x = Input((9, 10, 3), name="x")
    y = CCTTokenizer(3, 1, 1, 3, 2, 2, [4, 5], True, name="tokenizer")(x)
    y = L.Add()([y, PositionEmbedding(int(y.shape[1]), name="positions")(y)])
    z = StochasticDepth(0.2, name="depth")(L.Dense(5, activation="gelu", name="inner")(y))
    return Model(x, L.Dense(2, name="y")(SequencePooling(name="pooled")(L.Add()([y, z]))))


def images(add):
    given = {"recipe": "keras_io", "custom_objects": "the recipe keras_io"}
    add("recipe_vit", lambda: vit(*known(Patches, PatchEncoder)), formats=ALL, **given)
    own = [register("Shop")(type(cls.__name__, (cls,), {})) for cls in (Patches, PatchEncoder)]
    add("recipe_vit_packaged", lambda: vit(*own), formats=BOTH, **given)
    add("recipe_cct", cct, formats=BOTH, **given)
    known(PatchExtract, PatchEmbedding, PatchMerging, SwinTransformer)
    add("recipe_swin", lambda: swin("dropout_rate", 0.1), rows=2, **given)
    add("recipe_swin_first", lambda: swin("drop_rate", 0.0), rows=2, **given)
    say = {"expect_error": "drops paths at random in predict()", "expect_also": ["SwinTransformer"], **given}
    add("recipe_swin_random", lambda: swin("drop_rate", 0.03), **say)


class PatchExtract(Copied):
    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.arguments(patch_size=list(patch_size))

    def call(self, images):
        return windows_of(images, self.own["patch_size"][0], self.own["patch_size"][0])

    def compute_output_shape(self, shape):
        size = self.own["patch_size"][0]
        return (shape[0], (shape[1] // size) ** 2, size * size * shape[3])


class PatchEmbedding(Copied):
    def __init__(self, num_patch, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(num_patch=num_patch, embed_dim=embed_dim)
        self.proj = L.Dense(embed_dim)
        self.pos_embed = L.Embedding(num_patch, embed_dim)

    def call(self, patches):
        return self.proj(patches) + self.pos_embed(tf.range(self.own["num_patch"]))

    def compute_output_shape(self, shape):
        return (*shape[:2], self.own["embed_dim"])


class PatchMerging(Copied):
    def __init__(self, num_patch, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(num_patch=list(num_patch), embed_dim=embed_dim)
        self.linear_trans = L.Dense(2 * embed_dim, use_bias=False)

    def call(self, x):
        height, width = self.own["num_patch"]
        x = tf.reshape(x, (-1, height, width, x.shape[2]))
        x = tf.concat([x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)], -1)
        return self.linear_trans(tf.reshape(x, (-1, height * width // 4, x.shape[3])))

    def compute_output_shape(self, shape):
        return (shape[0], shape[1] // 4, 2 * self.own["embed_dim"])


def fixed(value, dtype):
    """A variable that is not trained."""
    if KERAS == 2:
        return tf.Variable(tf.constant(value, dtype), trainable=False)
    return keras.Variable(initializer=value, shape=value.shape, dtype=dtype, trainable=False)


class WindowAttention(L.Layer):
    def __init__(self, dim, window, heads, bias, rate, **kwargs):
        super().__init__(**kwargs)
        self.window, self.heads, self.scale = window, heads, (dim // heads) ** -0.5
        self.qkv = L.Dense(3 * dim, use_bias=bias)
        self.dropout = L.Dropout(rate)
        self.proj = L.Dense(dim)
        if KERAS == 3:
            self.make_positions()

    def build(self, shape):
        if KERAS == 2:
            self.make_positions()

    def make_positions(self):
        size, places = self.window, np.arange(self.window**2)
        self.relative_position_bias_table = self.add_weight(shape=((2 * size - 1) ** 2, self.heads), initializer="zeros")
        rows, columns = places // size, places % size
        index = (rows[:, None] - rows + size - 1) * (2 * size - 1) + columns[:, None] - columns + size - 1
        self.relative_position_index = fixed(index.astype("int64" if KERAS == 2 else "int32"), "int64" if KERAS == 2 else "int32")

    def call(self, x, mask=None):
        patches, width = x.shape[1:]
        parts = tf.transpose(tf.reshape(self.qkv(x), (-1, patches, 3, self.heads, width // self.heads)), (2, 0, 3, 1, 4))
        scores = tf.matmul(parts[0] * self.scale, parts[1], transpose_b=True)
        bias = tf.gather(tf.convert_to_tensor(self.relative_position_bias_table), tf.convert_to_tensor(self.relative_position_index))
        scores += tf.transpose(bias, (2, 0, 1))
        if mask is not None:
            mask = tf.cast(tf.convert_to_tensor(mask), scores.dtype)
            scores = tf.reshape(scores, (-1, mask.shape[0], self.heads, patches, patches)) + mask[:, None]
            scores = tf.reshape(scores, (-1, self.heads, patches, patches))
        y = tf.transpose(tf.matmul(self.dropout(tf.nn.softmax(scores)), parts[2]), (0, 2, 1, 3))
        return self.dropout(self.proj(tf.reshape(y, (-1, patches, width))))


class Mlp(L.Layer):
    def __init__(self, hidden, width, rate, **kwargs):
        super().__init__(**kwargs)
        self.net = gated(hidden, width, rate)

    def call(self, x):
        return self.net(x)


def gated(hidden, width, rate):
    return keras.Sequential([L.Dense(hidden), L.Activation(keras.activations.gelu), L.Dropout(rate), L.Dense(width), L.Dropout(rate)])


class SwinTransformer(Copied):
    def __init__(self, dim, num_patch, num_heads, window_size=7, shift_size=0, num_mlp=1024, qkv_bias=True, **kwargs):
        rate = {key: kwargs.pop(key) for key in ("dropout_rate", "drop_rate") if key in kwargs}
        super().__init__(**kwargs)
        self.arguments(
            dim=dim,
            num_patch=list(num_patch),
            num_heads=num_heads,
            window_size=window_size,
            shift_size=shift_size,
            num_mlp=num_mlp,
            qkv_bias=qkv_bias,
            **rate,
        )
        drop = next(iter(rate.values()))
        self.norm1 = L.LayerNormalization(epsilon=1e-5)
        self.attn = WindowAttention(dim, window_size, num_heads, qkv_bias, drop)
        self.drop_path = L.Dropout(drop)
        self.norm2 = L.LayerNormalization(epsilon=1e-5)
        self.mlp = Mlp(num_mlp, dim, drop) if "drop_rate" in rate else gated(num_mlp, dim, drop)
        self.window, self.shift = window_size, shift_size
        if min(num_patch) < window_size:
            self.window, self.shift = min(num_patch), 0

    def build(self, shape):
        self.attn_mask = None
        if self.shift:
            self.make_mask()
        super().build(shape)

    def make_mask(self):
        places = np.zeros((1, *self.own["num_patch"], 1))
        ends = (slice(0, -self.window), slice(-self.window, -self.shift), slice(-self.shift, None))
        for number, (row, column) in enumerate((a, b) for a in ends for b in ends):
            places[:, row, column] = number
        groups = windows_of(tf.constant(places), self.window, self.window)[0].numpy()
        self.attn_mask = fixed(np.where(groups[:, None] != groups[:, :, None], -100.0, 0.0).astype("float32"), "float32")

    def call(self, x):
        (height, width), size = self.own["num_patch"], self.window
        rows, columns, features = height // size, width // size, x.shape[2]
        y = tf.roll(tf.reshape(self.norm1(x), (-1, height, width, features)), (-self.shift, -self.shift), (1, 2))
        y = tf.transpose(tf.reshape(y, (-1, rows, size, columns, size, features)), (0, 1, 3, 2, 4, 5))
        y = self.attn(tf.reshape(y, (-1, size * size, features)), mask=self.attn_mask)
        y = tf.transpose(tf.reshape(y, (-1, rows, columns, size, size, features)), (0, 1, 3, 2, 4, 5))
        y = tf.roll(tf.reshape(y, (-1, height, width, features)), (self.shift, self.shift), (1, 2))
        x = x + self.drop_path(tf.reshape(y, (-1, height * width, features)))
        return x + self.drop_path(self.mlp(self.norm2(x)))

    def compute_output_shape(self, shape):
        return shape


def swin(key, rate):
    x = Input((8, 8, 2), name="x")
    y = PatchEmbedding(16, 6, name="embedding")(PatchExtract((2, 2), name="patches")(x))
    common = dict(dim=6, num_patch=(4, 4), num_heads=2, window_size=2, num_mlp=8, **{key: rate})
    y = SwinTransformer(**common, shift_size=0, qkv_bias=False, name="block")(y)
    y = SwinTransformer(**common, shift_size=1, name="shifted")(y)
    y = PatchMerging((4, 4), 6, name="merging")(y)
    return Model(x, L.Dense(3, name="y")(L.GlobalAveragePooling1D()(y)))


class PositionalEmbedding(Copied):
    """Of translation."""

    reads = "int32"

    def __init__(self, sequence_length, vocab_size, embed_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(sequence_length=sequence_length, vocab_size=vocab_size, embed_dim=embed_dim)
        self.token_embeddings = L.Embedding(vocab_size, embed_dim)
        self.position_embeddings = L.Embedding(sequence_length, embed_dim)

    def call(self, x):
        return self.token_embeddings(x) + self.position_embeddings(tf.range(tf.shape(x)[-1]))

    def compute_mask(self, x, mask=None):
        return keras.ops.not_equal(x, 0) if KERAS == 3 else tf.not_equal(x, 0)

    def compute_output_shape(self, shape):
        return (*shape, self.own["embed_dim"])


class FramePositions(Copied):
    """Of videos, where it is called PositionalEmbedding too."""

    def __init__(self, sequence_length, output_dim, **kwargs):
        super().__init__(**kwargs)
        self.arguments(sequence_length=sequence_length, output_dim=output_dim)
        self.position_embeddings = L.Embedding(sequence_length, output_dim)

    def call(self, x):
        return x + self.position_embeddings(tf.range(tf.shape(x)[1]))

    def compute_output_shape(self, shape):
        return shape


if KERAS == 2:
    FramePositions.compute_mask = lambda self, x, mask=None: tf.reduce_any(tf.cast(x, "bool"), -1)
FramePositions.__name__ = "PositionalEmbedding"


def encoder_class(activation, masks):
    class TransformerEncoder(Copied):
        def __init__(self, embed_dim, dense_dim, num_heads, **kwargs):
            super().__init__(**kwargs)
            self.arguments(embed_dim=embed_dim, dense_dim=dense_dim, num_heads=num_heads)
            self.attention = plain_attention(embed_dim, num_heads)
            self.dense_proj = pair(dense_dim, embed_dim, activation)
            self.layernorm_1, self.layernorm_2 = L.LayerNormalization(), L.LayerNormalization()
            if masks:
                self.supports_masking = True

        def call(self, x, mask=None):
            seen = None if mask is None else tf.cast(mask[:, None], "int32")
            y = self.attention(query=x, value=x, key=x, attention_mask=seen)
            first = self.layernorm_1(x + y)
            return self.layernorm_2(first + self.dense_proj(first))

        def compute_output_shape(self, shape):
            return shape

    return TransformerEncoder


class TransformerDecoder(Copied):
    """Keras 2's version takes two arguments, Keras 3's one list."""

    def __init__(self, embed_dim, latent_dim, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.arguments(embed_dim=embed_dim, latent_dim=latent_dim, num_heads=num_heads)
        self.attention_1, self.attention_2 = plain_attention(embed_dim, num_heads), plain_attention(embed_dim, num_heads)
        self.dense_proj = pair(latent_dim, embed_dim)
        self.layernorm_1, self.layernorm_2, self.layernorm_3 = (L.LayerNormalization() for _ in range(3))
        self.supports_masking = True

    if KERAS == 2:

        def call(self, x, encoder_outputs, mask=None):
            steps = tf.shape(x)[1]
            seen = tf.broadcast_to(causal(steps)[None], (tf.shape(x)[0], steps, steps))
            padding = None if mask is None else tf.cast(mask[:, None], "int32") * tf.cast(seen, "int32")
            first = self.layernorm_1(x + self.attention_1(query=x, value=x, key=x, attention_mask=seen))
            other = self.attention_2(query=first, value=encoder_outputs, key=encoder_outputs, attention_mask=padding)
            second = self.layernorm_2(first + other)
            return self.layernorm_3(second + self.dense_proj(second))

    else:

        def build(self, shapes):
            tensors = [keras.KerasTensor(shape, self.compute_dtype) for shape in shapes]
            keras.src.backend.compute_output_spec(self.call, tensors)
            self.built = True

        def call(self, inputs, mask=None):
            x, source = inputs
            own, other = (None, None) if mask is None else mask
            steps = tf.shape(x)[1]
            seen = tf.broadcast_to(causal(steps)[None], (tf.shape(x)[0], steps, steps))
            y = self.attention_1(query=x, value=x, key=x, attention_mask=seen, query_mask=own)
            first = self.layernorm_1(x + y)
            y = self.attention_2(query=first, value=source, key=source, query_mask=own, key_mask=other)
            second = self.layernorm_2(first + y)
            return self.layernorm_3(second + self.dense_proj(second))

        def compute_output_shape(self, shapes):
            return shapes[0]


def translator():
    encoder_of_texts = encoder_class("relu", True)
    known(PositionalEmbedding, encoder_of_texts, TransformerDecoder)
    source, target = Input((5,), dtype="int32", name="source"), Input((5,), dtype="int32", name="target")
    encoded = encoder_of_texts(4, 6, 2, name="encoder")(PositionalEmbedding(5, 8, 4, name="from")(source))
    decoder, y = TransformerDecoder(4, 3, 2, name="decoder"), PositionalEmbedding(5, 7, 4, name="to")(target)
    y = decoder(y, encoded) if KERAS == 2 else decoder([y, encoded])
    return Model([source, target], L.Dense(7, activation="softmax", name="y")(L.Dropout(0.5)(y)))


def frames():
    encoder_of_frames = encoder_class("gelu", False)
    known(FramePositions, encoder_of_frames)
    x = Input((5, 4), name="x")
    y = encoder_of_frames(4, 6, 2, name="encoder")(FramePositions(5, 4, name="positions")(x))
    return Model(x, L.Dense(3, name="y")(L.GlobalMaxPooling1D()(y)))


def padded(r):
    ids = [r.integers(1, 7, (3, 5)).astype("int32") for _ in range(2)]
    ids[0][0, 3:] = 0
    ids[1][1, 4:] = 0
    return ids


def padded_frames(r):
    x = r.normal(0, 1, (3, 5, 4)).astype("float32")
    x[0, 3:] = 0
    return [x]


def sequences(add):
    given = {"recipe": "keras_io", "custom_objects": "the recipe keras_io"}
    add("recipe_translation", translator, feed=padded, float64=False, formats=BOTH, **given)
    add("recipe_video", frames, feed=padded_frames, float64=False, formats=BOTH, **given)


class VectorQuantizer(Copied):
    def __init__(self, num_embeddings, embedding_dim, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.arguments(num_embeddings=num_embeddings, embedding_dim=embedding_dim, beta=beta)
        if KERAS == 2:
            start = tf.random.uniform((embedding_dim, num_embeddings), -0.05, 0.05, "float32")
            self.embeddings = tf.Variable(tf.cast(start, self.dtype), trainable=True, name="embeddings_vqvae")
        else:
            self.embeddings = self.add_weight(shape=(embedding_dim, num_embeddings), name="embeddings_vqvae")

    def build(self, shape):
        self.built = True

    def call(self, x):
        book, flat = tf.convert_to_tensor(self.embeddings), tf.reshape(x, (-1, self.own["embedding_dim"]))
        distances = tf.reduce_sum(flat**2, 1, keepdims=True) + tf.reduce_sum(book**2, 0) - 2 * tf.matmul(flat, book)
        words = tf.one_hot(tf.argmin(distances, 1), self.own["num_embeddings"], dtype=x.dtype)
        y = tf.reshape(tf.matmul(words, book, transpose_b=True), tf.shape(x))
        return x + tf.stop_gradient(y - x)

    def compute_output_shape(self, shape):
        return shape


class CTCLayer(Copied):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.arguments()

    def build(self, y_true_shape, y_pred_shape=None):
        self.built = True

    def call(self, y_true, y_pred):
        return y_pred


class DistanceLayer(Copied):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.arguments()

    def build(self, anchor_shape, positive_shape=None, negative_shape=None):
        self.built = True

    def call(self, anchor, positive, negative):
        return tuple(tf.reduce_sum(tf.square(anchor - other), -1) for other in (positive, negative))


class Antirectifier(Copied):
    def __init__(self, initializer="he_normal", **kwargs):
        super().__init__(**kwargs)
        self.initializer = keras.initializers.get(initializer)
        self.arguments(initializer=keras.initializers.serialize(self.initializer))

    def build(self, shape):
        self.kernel = self.add_weight(name="kernel", shape=(2 * shape[-1], shape[-1]), initializer=self.initializer)
        self.built = True

    def call(self, x):
        x = x - tf.reduce_mean(x, -1, keepdims=True)
        return tf.matmul(tf.concat([tf.nn.relu(x), tf.nn.relu(-x)], -1), tf.convert_to_tensor(self.kernel))

    def compute_output_shape(self, shape):
        return shape


class Linear(Copied):
    def __init__(self, units=32, **kwargs):
        super().__init__(**kwargs)
        self.arguments(units=units)

    def build(self, shape):
        self.w = self.add_weight(name="w", shape=(shape[-1], self.own["units"]), initializer="random_normal")
        self.b = self.add_weight(name="b", shape=(self.own["units"],), initializer="zeros")
        self.built = True

    def call(self, x):
        return tf.matmul(x, tf.convert_to_tensor(self.w)) + tf.convert_to_tensor(self.b)

    def compute_output_shape(self, shape):
        return (*shape[:-1], self.own["units"])


class ReflectionPadding2D(Copied):
    def __init__(self, padding=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.arguments(padding=list(padding))

    def call(self, x):
        width, height = self.own["padding"]
        return tf.pad(x, [[0, 0], [height, height], [width, width], [0, 0]], "REFLECT")

    def compute_output_shape(self, shape):
        width, height = self.own["padding"]
        return (shape[0], shape[1] + 2 * height, shape[2] + 2 * width, shape[3])


class GradReverse(Copied):
    def __init__(self, hp_lambda=1.0, **kwargs):
        super().__init__(**kwargs)
        self.arguments(hp_lambda=hp_lambda)

    def call(self, x):
        return x

    def compute_output_shape(self, shape):
        return shape


class Sampling(Copied):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.arguments()

    def build(self, shapes):
        self.built = True

    def call(self, inputs):
        mean, variance = inputs
        return mean + tf.exp(0.5 * variance) * tf.random.normal(tf.shape(mean), dtype=mean.dtype)

    def compute_output_shape(self, shapes):
        return shapes[0]


class AttentionWeightedAverage(Copied):
    def __init__(self, return_attention=False, **kwargs):
        super().__init__(**kwargs)
        self.arguments(return_attention=return_attention)
        self.supports_masking = True

    def build(self, shape):
        self.W = self.add_weight(name=f"{self.name}_W", shape=(shape[-1], 1))
        self.built = True

    def call(self, x, mask=None):
        scores = tf.reshape(tf.matmul(x, tf.convert_to_tensor(self.W)), tf.shape(x)[:2])
        weights = tf.exp(scores - tf.reduce_max(scores, -1, keepdims=True))
        if mask is not None:
            weights *= tf.cast(mask, x.dtype)
        weights /= tf.reduce_sum(weights, 1, keepdims=True) + 1e-7
        y = tf.reduce_sum(x * weights[..., None], 1)
        return [y, weights] if self.own["return_attention"] else y

    def compute_mask(self, x, mask=None):
        return [None, None] if self.own["return_attention"] else None


def averaged():
    known(AttentionWeightedAverage)
    x = Input((5,), dtype="int32", name="x")
    y = L.Embedding(7, 3, mask_zero=True, name="embedding")(x)
    one, weights = AttentionWeightedAverage(True, name="attention")(y)
    other = AttentionWeightedAverage(name="second")(L.Dense(4, name="dense")(y))
    return Model(x, [L.Dense(2, name="y")(one), weights, other])


def small():
    known(Antirectifier, Linear, ReflectionPadding2D, VectorQuantizer, DistanceLayer, CTCLayer)
    x, labels = Input((5, 6, 3), name="x"), Input((2,), name="labels")
    y = VectorQuantizer(4, 3, name="quantised")(ReflectionPadding2D((2, 1), name="padded")(x))
    flat = L.GlobalAveragePooling2D()(y)
    parts = [Linear(4, name="linear")(flat), Antirectifier(name="both_sides")(L.Dense(4, name="dense")(flat))]
    near, far = DistanceLayer(name="distances")(*parts, L.Dense(4, name="third")(flat))
    scores = CTCLayer(name="ctc_loss")(labels, L.Dense(3, activation="softmax", name="scores")(parts[1]))
    return Model([x, labels], [y, parts[0], near, far, scores])


def reversing():
    known(GradReverse)
    x = Input((3,), name="x")
    return Model(x, L.Dense(2, name="y")(GradReverse(0.3, name="reverse")(x)))


def sampled():
    known(Sampling)
    x = Input((3,), name="x")
    mean, variance = L.Dense(2, name="z_mean")(x), L.Dense(2, name="z_log_var")(x)
    return Model(x, [mean, variance, Sampling(name="z")([mean, variance])])


def small_ones(add):
    given = {"recipe": "keras_io", "custom_objects": "the recipe keras_io"}
    add("recipe_small", small, formats=BOTH, **given)
    reverse = {"recipe": "gradient_reversal", "custom_objects": "the recipe gradient_reversal"}
    add("recipe_gradient_reversal", reversing, formats=("h5",), **reverse)
    given_moji = {"recipe": "deepmoji", "custom_objects": "the recipe deepmoji"}
    add("recipe_deepmoji", averaged, formats=BOTH, **given_moji)
    say = {"expect_error": "draws random numbers in predict()", "expect_also": ["Sampling", "--replace"], **given}
    add("recipe_sampling", sampled, **say)


class ClassToken(L.Layer):
    def build(self, shape):
        self.cls = tf.Variable(tf.zeros((1, 1, shape[-1]), self.dtype), name="cls", trainable=True)

    def call(self, x):
        return tf.concat([tf.broadcast_to(self.cls, (tf.shape(x)[0], 1, x.shape[-1])), x], 1)


class AddPositionEmbs(L.Layer):
    def build(self, shape):
        self.pe = tf.Variable(tf.zeros((1, *shape[1:]), self.dtype), name="pos_embedding", trainable=True)

    def call(self, x):
        return x + self.pe


class HeadsOfToken(L.Layer):
    def __init__(self, *, num_heads, **kwargs):
        super().__init__(**kwargs)
        self.num_heads = num_heads

    def build(self, shape):
        width = shape[-1]
        self.query_dense, self.key_dense = L.Dense(width, name="query"), L.Dense(width, name="key")
        self.value_dense, self.combine_heads = L.Dense(width, name="value"), L.Dense(width, name="out")

    def call(self, x):
        apart = (-1, x.shape[1], self.num_heads, x.shape[2] // self.num_heads)
        parts = [tf.transpose(tf.reshape(part(x), apart), (0, 2, 1, 3)) for part in (self.query_dense, self.key_dense, self.value_dense)]
        weights = tf.nn.softmax(tf.matmul(parts[0], parts[1], transpose_b=True) / tf.sqrt(tf.cast(apart[3], x.dtype)), -1)
        y = tf.transpose(tf.matmul(weights, parts[2]), (0, 2, 1, 3))
        return self.combine_heads(tf.reshape(y, (-1, *x.shape[1:]))), weights


class BlockOfTokens(Copied):
    def __init__(self, num_heads, mlp_dim, dropout, **kwargs):
        super().__init__(**kwargs)
        self.arguments(num_heads=num_heads, mlp_dim=mlp_dim, dropout=dropout)

    def build(self, shape):
        own = self.own
        self.att = HeadsOfToken(num_heads=own["num_heads"], name="MultiHeadDotProductAttention_1")
        dense = [L.Dense(own["mlp_dim"], activation="linear", name="Dense_0"), L.Dense(shape[-1], name="Dense_1")]
        dense[0].activation = tf.nn.gelu
        self.mlpblock = keras.Sequential([dense[0], L.Dropout(own["dropout"]), dense[1], L.Dropout(own["dropout"])], name="MlpBlock_3")
        self.layernorm1 = L.LayerNormalization(epsilon=1e-6, name="LayerNorm_0")
        self.layernorm2 = L.LayerNormalization(epsilon=1e-6, name="LayerNorm_2")
        self.dropout_layer = L.Dropout(own["dropout"])

    def call(self, x, training=None):
        y, weights = self.att(self.layernorm1(x))
        y = self.dropout_layer(y) + x
        return y + self.mlpblock(self.layernorm2(y)), weights


BlockOfTokens.__name__ = "TransformerBlock"


def token_vit():
    classes = [register()(type(cls.__name__, (cls,), {})) for cls in (ClassToken, AddPositionEmbs, BlockOfTokens)]
    token, positions, block = classes
    x = Input((4, 6), name="x")
    y = positions(name="posembed_input")(token(name="class_token")(x))
    y, weights = block(num_heads=2, mlp_dim=5, dropout=0.1, name="block")(y)
    y = L.LayerNormalization(epsilon=1e-6, name="norm")(y)
    return Model(x, [L.Dense(3, name="head")(L.Flatten()(y)), weights])


def libraries(add):
    given = {"recipe": "vit_keras", "custom_objects": "the recipe vit_keras"}
    add("recipe_vit_keras", token_vit, keras=(2,), formats=BOTH, **given)


def cases(add):
    texts(add)
    images(add)
    sequences(add)
    small_ones(add)
    libraries(add)
