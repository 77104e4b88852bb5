#!/usr/bin/env python3
"""Writes the cases function_*: SavedModels that hold functions and no layers of Keras. TensorFlow's own loader answers.

    VENV/bin/python generate_functions.py [REGEX]     (an environment with tensorflow-cpu 2.15.1: see generate.py)
"""

import os
import re
import sys
import tempfile
from functools import partial
from pathlib import Path

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="", TF_ENABLE_ONEDNN_OPTS="0")

import numpy as np
import tensorflow as tf

sys.path.insert(0, str(Path(__file__).parent))
import function_columns
import function_examples
import function_frozen
import function_loops
import function_objects
import function_parts
import function_signals
import function_sparse
import function_states
import function_texts
from generate import files, oracle, weights

HERE = Path(__file__).resolve().parent
FLOAT = tf.float32


def spec(*shape, dtype=FLOAT, name="x"):
    return tf.TensorSpec(shape, dtype, name=name)


def numbers(name, *shape):
    return weights.random_of(name).normal(size=shape).astype("float32")


class Dense(tf.Module):
    """Variables in a list and by attribute; two signatures."""

    def __init__(self):
        super().__init__()
        self.kernels = [tf.Variable(numbers("kernel 0", 4, 3)), tf.Variable(numbers("kernel 1", 3, 2))]
        self.bias = tf.Variable(numbers("bias", 2))
        self.unused = tf.Variable(numbers("unused", 5))

    @tf.function(input_signature=[spec(None, 4)])
    def call(self, x):
        hidden = tf.nn.relu(x @ self.kernels[0])
        return {"scores": hidden @ self.kernels[1] + self.bias, "hidden": hidden}

    @tf.function(input_signature=[spec(None, 4)])
    def doubled(self, x):
        return {"y": 2.0 * self.call(x)["scores"]}


def module():
    model = Dense()
    return model, {"serving_default": model.call, "doubled": model.doubled}


class Branches(tf.Module):
    """A branch that depends on data, one that depends on shapes, and a loop whose number of turns is an extent."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(numbers("branches", 4, 4))

    @tf.function(input_signature=[spec(None, 4), spec(dtype=tf.bool, name="turned")])
    def call(self, x, turned):
        y = tf.cond(turned, lambda: x @ self.kernel, lambda: x - 1.0)
        if tf.shape(x)[1] > 3:
            y = y * 2.0
        for i in tf.range(tf.shape(x)[1] - 1):
            y = tf.tanh(y @ self.kernel) + tf.cast(i, tf.float32)
        return {"y": y}


def branches():
    model = Branches()
    return model, {"serving_default": model.call}


class Outputs(tf.Module):
    """Operations with several outputs, which functions read by name."""

    @tf.function(input_signature=[spec(None, 6), spec(None, 3, 2, dtype=tf.int32, name="places")])
    def call(self, x, places):
        best = tf.math.top_k(x, 3)
        table = tf.reshape(x, [-1, 3, 2])
        left, middle, right = tf.split(x, [1, 2, 3], axis=1)
        q, r = tf.linalg.qr(tf.reshape(x, [-1, 3, 2]))
        return {
            "values": best.values,
            "indices": best.indices,
            "picked": tf.gather_nd(table, places, batch_dims=1),
            "rows": tf.gather_nd(tf.transpose(table, [1, 2, 0]), tf.constant([[2, 0], [0, 1]])),
            "joined": tf.concat([right, left, middle], 1),
            "product": q @ r,
            "bounds": tf.searchsorted(tf.sort(x), x, side="right"),
            "sums": tf.math.unsorted_segment_sum(tf.transpose(x), tf.constant([0, 2, 1, 0, 2, 2]), 3),
        }


def outputs():
    model = Outputs()
    return model, {"serving_default": model.call}


class BatchSize(tf.Module):
    """Results that depend on the number of rows of a call."""

    @tf.function(input_signature=[spec(None, 3)])
    def call(self, x):
        return {"y": x / tf.cast(tf.shape(x)[0], tf.float32), "mean": x - tf.reduce_mean(x, 0)}


def batch_size():
    model = BatchSize()
    return model, {"serving_default": model.call}


class Pictures(tf.keras.Model):
    """A subclassed model: Keras's metadata do not contain the config of its layers."""

    def __init__(self):
        super().__init__()
        self.layers_of_pictures = [
            tf.keras.layers.Conv2D(4, 3, strides=2, padding="same"),
            tf.keras.layers.BatchNormalization(),
            tf.keras.layers.DepthwiseConv2D(3, activation="relu6"),
            tf.keras.layers.Conv2DTranspose(3, 2, strides=2),
            tf.keras.layers.Resizing(6, 5),
            tf.keras.layers.GlobalMaxPooling2D(),
            tf.keras.layers.Dense(2, activation="softmax"),
        ]

    def call(self, x):
        for layer in self.layers_of_pictures:
            x = layer(x)
        return x


def pictures():
    model = Pictures()
    model(np.zeros((1, 9, 8, 3), "float32"))
    weights.randomise(model, "function_pictures")
    return model, None


class Scaled(tf.keras.layers.Layer):
    """A custom layer in a Functional model."""

    def build(self, shape):
        self.scale = self.add_weight("scale", (shape[-1],))

    def call(self, x):
        return tf.math.erf(x * self.scale) + tf.reduce_max(x, axis=-1, keepdims=True)


def custom_layer():
    x = tf.keras.Input((5,), name="x")
    model = tf.keras.Model(x, tf.keras.layers.Dense(3, name="y")(Scaled()(x)))
    weights.randomise(model, "function_custom_layer")
    return model, None


def sequences():
    x = tf.keras.Input((6,), dtype="int32", name="x")
    y = tf.keras.layers.Embedding(9, 4, mask_zero=True)(x)
    y = tf.keras.layers.LSTM(3, return_sequences=True)(y)
    y = tf.keras.layers.MultiHeadAttention(2, 3)(y, y)
    y = tf.keras.layers.LayerNormalization()(y)
    model = tf.keras.Model(x, tf.keras.layers.RNN(tf.keras.layers.GRUCell(2), name="y")(y))
    weights.randomise(model, "function_sequences")
    plain = tf.Module()  # Keras would save functions for each of its layers: 7 MB
    plain.weights = model.weights
    return plain, {"serving_default": tf.function(lambda x: {"y": model(x)}, input_signature=[spec(None, 6, dtype=tf.int32)])}


WORDS = ["the", "quick", "brown", "fox"]


def only_function(model, *inputs):
    """The traced function without Keras's layers, for each of which Keras would save functions; with their tables."""
    plain = tf.Module()
    layers = [getattr(layer, "_lookup_layer", layer) for layer in model.layers]
    plain.tables = [layer.lookup_table for layer in layers if hasattr(layer, "lookup_table")]
    call = tf.function(lambda *x: {"y": model(list(x) if len(x) > 1 else x[0])}, input_signature=list(inputs))
    return plain, {"serving_default": call}


def on_words(layer, width, dtype=tf.string):
    def build():
        x = tf.keras.Input((width,), dtype=dtype, name="x")
        return only_function(tf.keras.Model(x, layer()(x)), spec(None, width, dtype=dtype))

    return build


def vectorization(**options):
    def layer():
        made = tf.keras.layers.TextVectorization(**options)
        made.adapt(["the quick brown fox", "the quick dog", "a dog, the dog"])
        return made

    return on_words(layer, 1)


def crossing():
    a, b = (tf.keras.Input((1,), dtype=tf.string, name=name) for name in "ab")
    model = tf.keras.Model([a, b], tf.keras.layers.HashedCrossing(20)((a, b)))
    return only_function(model, spec(None, 1, dtype=tf.string, name="a"), spec(None, 1, dtype=tf.string, name="b"))


class Strings(tf.Module):
    """TensorFlow's functions of strings, one by one."""

    @tf.function(input_signature=[spec(None, dtype=tf.string), spec(None, dtype=tf.int64, name="n")])
    def call(self, x, n):
        pieces = tf.strings.split(x)
        commas = tf.raw_ops.StringSplitV2(input=x, sep=",", maxsplit=1)
        spaces = tf.raw_ops.StringSplitV2(input=x, sep="", maxsplit=2)
        padded = tf.raw_ops.StringNGrams(
            data=pieces.flat_values,
            data_splits=pieces.row_splits,
            separator="_",
            ngram_widths=[2, 3],
            left_pad="<",
            right_pad=">",
            pad_width=-1,
            preserve_short_sequences=False,
        )
        whole = tf.raw_ops.StringNGrams(
            data=pieces.flat_values,
            data_splits=pieces.row_splits,
            separator=" ",
            ngram_widths=[3],
            left_pad="",
            right_pad="",
            pad_width=0,
            preserve_short_sequences=True,
        )
        letters = tf.strings.unicode_split(x, "UTF-8")
        return {
            "upper": tf.strings.upper(x),
            "strip": tf.strings.strip(x),
            "spaces": tf.strings.regex_replace(x, r"\s+", " "),
            "tags": tf.strings.regex_replace(x, "<[^>]+>", ""),
            "breaks": tf.strings.regex_replace(x, "<br />", " ", replace_global=False),
            "others": tf.strings.regex_replace(x, r"[^a-z\d]", "-"),
            "bytes": tf.strings.length(x),
            "characters": tf.strings.length(x, "UTF8_CHAR"),
            "joined": tf.strings.join([x, "of", tf.strings.as_string(n)], separator=" "),
            "number": tf.strings.to_number(tf.strings.as_string(tf.cast(n, tf.float32) / 4.0)),
            "whole": tf.strings.to_number(tf.strings.as_string(n), tf.int64),
            "fast": tf.strings.to_hash_bucket_fast(x, 1000),
            "strong": tf.strings.to_hash_bucket_strong(x, 1000, [3, 7]),
            "equal": tf.cast(x == "the fox", tf.int32),
            "differ": tf.cast(x != tf.strings.lower(x), tf.int32),
            "pieces": pieces.to_tensor("."),
            "comma_places": commas.indices,
            "commas": commas.values,
            "space_values": spaces.values,
            "space_shape": spaces.shape,
            "padded": padded.ngrams,
            "padded_splits": padded.ngrams_splits,
            "kept": whole.ngrams,
            "letters": letters.to_tensor("", shape=[None, 6]),
            "lengths": letters.row_lengths(),
        }


def strings():
    model = Strings()
    return model, {"serving_default": model.call}


class TextParts(tf.Module):
    """Parts of strings, and strings that are joined along axes."""

    @tf.function(input_signature=[spec(None, 2, 2, dtype=tf.string), spec(None, 2, dtype=tf.string, name="n")])
    def call(self, x, n):
        return {
            "first": tf.strings.substr(n, 0, 2),
            "middle": tf.strings.substr(n, 1, 3),
            "last": tf.strings.substr(n, -2, 5),
            "characters": tf.strings.substr(x, 1, 2, unit="UTF8_CHAR"),
            "last_characters": tf.strings.substr(x, -3, 2, unit="UTF8_CHAR"),
            "rows": tf.strings.reduce_join(x, axis=2, separator=" "),
            "kept": tf.strings.reduce_join(x, axis=-2, keepdims=True),
            "both": tf.strings.reduce_join(x, axis=[1, 2], separator=","),
            "turned": tf.strings.reduce_join(x, axis=[2, 1], separator=","),
            "all": tf.strings.reduce_join(x, separator="|", keepdims=True),
        }


def text_parts():
    model = TextParts()
    return model, {"serving_default": model.call}


class Tables(tf.Module):
    """Tables filled from text files, lists of keys and values, and numbers."""

    def __init__(self):
        super().__init__()
        os.chdir(tempfile.mkdtemp())  # the file stores the path as given
        Path("words.txt").write_text("\n".join(WORDS) + "\n")
        index = tf.lookup.TextFileIndex
        lines = ("words.txt", tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
        self.file = tf.lookup.StaticHashTable(tf.lookup.TextFileInitializer(*lines), -1)
        self.buckets = tf.lookup.StaticVocabularyTable(tf.lookup.TextFileInitializer(*lines), 3)
        self.prices = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant(WORDS), tf.constant([1.5, 2.5, -1.0, 0.25])), 9.0
        )
        self.names = tf.lookup.StaticHashTable(
            tf.lookup.KeyValueTensorInitializer(tf.constant([7, -3, 0], tf.int64), tf.constant(["seven", "less", "none"])), "?"
        )

        self.stock = tf.lookup.experimental.MutableHashTable(tf.string, tf.int64, -5)  # its contents are in the checkpoint
        self.stock.insert(tf.constant(WORDS[:3]), tf.constant([11, 0, 1 << 40], tf.int64))

    @tf.function(input_signature=[spec(None, None, dtype=tf.string), spec(None, dtype=tf.int64, name="n")])
    def call(self, x, n):
        return {
            "stock": self.stock.lookup(x),
            "lines": self.file.lookup(x),
            "buckets": self.buckets.lookup(x),
            "prices": self.prices.lookup(x),
            "names": self.names.lookup(n),
            "size": tf.cast(self.file.size(), tf.int64) + tf.zeros_like(n),
        }


def tables():
    model = Tables()
    return model, {"serving_default": model.call}


class Counts(tf.Module):
    """The functions that CategoryEncoding, Discretization and RaggedTensors are traced to."""

    @tf.function(input_signature=[spec(None, 4, dtype=tf.int64), spec(None, 4, name="w")])
    def call(self, x, w):
        rows = tf.RaggedTensor.from_row_lengths(tf.reshape(x, [-1]), tf.fill([tf.shape(x)[0]], tf.constant(4, tf.int64)))
        size = tf.constant(6, tf.int64)
        return {
            "hot": tf.raw_ops.DenseBincount(input=x, size=size, weights=tf.constant([], tf.float32), binary_output=True),
            "counts": tf.raw_ops.DenseBincount(input=x, size=size, weights=tf.constant([], tf.int64)),
            "sums": tf.raw_ops.DenseBincount(input=x, size=size, weights=w),
            "all": tf.math.bincount(tf.cast(x, tf.int32)),
            "ragged": tf.raw_ops.RaggedBincount(
                splits=rows.row_splits, values=rows.flat_values, size=size, weights=tf.constant([], tf.float32)
            ),
            "bins": tf.raw_ops.Bucketize(input=w, boundaries=[-1.0, 0.0, 0.5]),
            "whole_bins": tf.raw_ops.Bucketize(input=x, boundaries=[1.0, 2.0, 5.5]),
            "padded": rows.to_tensor(-1, shape=[None, 6]),
            "cut": rows.to_tensor(-1, shape=[None, 2]),
            "dense": tf.sparse.to_dense(tf.SparseTensor([[0, 1], [2, 3]], [5.0, 6.0], [3, 4]), -1.0),
        }


def counts():
    model = Counts()
    return model, {"serving_default": model.call}


def session(folder):
    """TensorFlow 1: variables without objects, identified by their names."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as running:
        x = tf.compat.v1.placeholder(FLOAT, (None, 4), name="x")
        kernel = tf.compat.v1.get_variable("layer/kernel", initializer=numbers("session", 4, 2), use_resource=False)
        bias = tf.compat.v1.get_variable("layer/bias", initializer=numbers("bias of session", 2), use_resource=True)
        y = tf.nn.softmax(x @ kernel + bias)
        running.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(running, str(folder), {"x": x}, {"y": y})


def feed(name, model_feed):
    random = weights.random_of("inputs of " + name)
    return {key: make(random) for key, make in model_feed.items()}


def normal(*shape):
    return lambda random: random.normal(size=shape).astype("float32")


def integers(high, *shape):
    return lambda random: random.integers(0, high, size=shape).astype("int32")


def texts(*lines, columns=1):
    return lambda random: np.array(lines).reshape((-1, columns) if columns else -1)


def words(random):
    return random.choice(np.array([*WORDS, "dog", "", "cat"]), size=(5, 3))


def ids(high, *shape):
    return lambda random: random.integers(0, high, size=shape).astype("int64")


LINES = texts("The quick, brown fox!", "", "dog the dog the DOG", "  É — a  no-break\u00a0space\tfox ", "fox")
LOOKUPS = {
    "int": {},
    "mask_buckets": {"mask_token": "", "num_oov_indices": 3},
    "one_hot": {"output_mode": "one_hot"},
    "multi_hot": {"output_mode": "multi_hot"},
    "count": {"output_mode": "count"},
    "tf_idf": {"output_mode": "tf_idf", "idf_weights": [0.5, 1.0, 1.5, 2.0]},
}
VECTORIZATIONS = {
    "int": {},
    "pad": {"output_sequence_length": 3},
    "multi_hot": {"output_mode": "multi_hot"},
    "count": {"output_mode": "count", "max_tokens": 6, "pad_to_max_tokens": True},
    "tf_idf": {"output_mode": "tf_idf"},
    "characters": {"split": "character", "standardize": "lower"},
    "ngrams": {"ngrams": 2, "standardize": "strip_punctuation"},
}
TEXT_CASES = {
    **{
        f"string_lookup_{name}": (
            on_words(partial(tf.keras.layers.StringLookup, vocabulary=WORDS, **options), 1 if name == "one_hot" else 3),
            {"x": (lambda random: words(random)[:, :1]) if name == "one_hot" else words},
            {},
        )
        for name, options in LOOKUPS.items()
    },
    "string_lookup_invert": (
        on_words(lambda: tf.keras.layers.StringLookup(vocabulary=WORDS, invert=True), 3, tf.int64),
        {"x": ids(5, 4, 3)},
        {},
    ),
    "string_lookup_strict": (  # asserts that all words are known
        on_words(lambda: tf.keras.layers.StringLookup(vocabulary=WORDS, num_oov_indices=0), 2),
        {"x": lambda random: random.choice(np.array(WORDS), size=(3, 2))},
        {},
    ),
    "category_encoding": (
        on_words(lambda: tf.keras.layers.CategoryEncoding(5, output_mode="count"), 3, tf.int64),
        {"x": ids(5, 4, 3)},
        {},
    ),
    "integer_lookup": (
        on_words(lambda: tf.keras.layers.IntegerLookup(vocabulary=[3, 5, 8], output_mode="multi_hot"), 3, tf.int64),
        {"x": ids(9, 4, 3)},
        {},
    ),
    **{f"text_vectorization_{name}": (vectorization(**options), {"x": LINES}, {}) for name, options in VECTORIZATIONS.items()},
    "hashing": (on_words(lambda: tf.keras.layers.Hashing(11, mask_value="fox", salt=[3, 9]), 3), {"x": words}, {}),
    "hashing_integers": (on_words(lambda: tf.keras.layers.Hashing(11), 3, tf.int64), {"x": ids(90, 4, 3)}, {}),
    "hashed_crossing": (crossing, {"a": lambda random: words(random)[:, :1], "b": lambda random: words(random)[:, 1:2]}, {}),
    "strings": (
        strings,
        {
            "x": texts("The fox, a <b>dog</b>,  cat", "", "the fox", " é\t\tü x<br />y<br />z <", columns=0),
            "n": lambda random: np.array([0, -7, 123456789012, 3], "int64"),
        },
        {},
    ),
    "text_parts": (
        text_parts,
        {
            "x": lambda random: np.array([[["fox", "dög€"], ["abc", "12345"]], [["  x  ", "äöü"], ["end", "longer text"]]]),
            "n": lambda random: np.array([["abc", "12345"], ["end", "longer text"]]),
        },
        {},
    ),
    "tables": (tables, {"x": words, "n": lambda random: np.array([7, 0, 5, -3, 8], "int64")}, {}),
    "counts": (counts, {"x": ids(9, 3, 4), "w": normal(3, 4)}, {}),
}
CASES = {
    **TEXT_CASES,
    "module": (module, {"x": normal(3, 4)}, {}),
    "module_doubled": (module, {"x": normal(3, 4)}, {"signature": "doubled"}),
    "branches": (branches, {"turned": lambda random: np.array(True), "x": normal(3, 4)}, {}),
    "branches_not": (branches, {"turned": lambda random: np.array(False), "x": normal(2, 4)}, {}),
    "outputs": (outputs, {"x": normal(2, 6), "places": lambda random: random.integers(0, 2, (2, 3, 2)).astype("int32")}, {}),
    "batch_size": (batch_size, {"x": normal(5, 3)}, {}),
    "pictures": (pictures, {"input_1": normal(2, 9, 8, 3)}, {}),
    "custom_layer": (custom_layer, {"x": normal(3, 5)}, {}),
    "sequences": (sequences, {"x": integers(9, 3, 6)}, {}),
    "session": (session, {"x": normal(3, 4)}, {}),
    **function_columns.CASES,
    **function_examples.CASES,
    **function_loops.CASES,
    **function_objects.CASES,
    **function_parts.CASES,
    **function_signals.CASES,
    **function_sparse.CASES,
    **function_states.CASES,
    **function_texts.CASES,
    **function_frozen.CASES,
}


def record(name, build, model_feed, facts):
    tf.keras.backend.clear_session()
    folder = HERE / f"function_{name}"
    files.empty_folder(folder)
    frozen = build in function_frozen.BUILDS
    if frozen or build in (session, function_loops.session_control, function_columns.columns, *function_examples.WRITERS):  # writes the files itself
        build(folder if frozen else folder / "model")
    else:
        model, signatures = build()
        tf.saved_model.save(model, str(folder / "model"), signatures=signatures)
    (folder / "model" / "fingerprint.pb").unlink(missing_ok=True)
    wanted = facts.pop("outputs_of", None)
    of_object = build in (function_objects.step, function_objects.callable_object)
    if of_object:
        loaded = tf.saved_model.load(str(folder / "model"))
        called = function_objects.traced_of(loaded, facts["signature"])
    elif not frozen:
        called = tf.saved_model.load(str(folder / "model")).signatures[facts.get("signature", "serving_default")]

    def answer(inputs):
        if frozen:
            return function_frozen.answer_of(folder / function_frozen.FILE, inputs, wanted)
        if of_object:
            results = function_objects.flat_of(called(*map(oracle.as_tensor, inputs.values())))
            return {key: oracle.as_array(value) for key, value in results.items()}
        results = called(**{k: oracle.as_tensor(v) for k, v in inputs.items()})
        return {key: oracle.as_array(value) for key, value in sorted(results.items())}

    inputs = feed(name, model_feed)
    expected = answer(inputs)
    calls = [{"inputs": "inputs.npz", "outputs": "outputs.npz"}]
    for call in range(1, facts.get("calls", 1)):  # of one session: TensorFlow keeps variables from call to call
        more = feed(f"{name} {call}", model_feed)
        files.write_npz(folder / f"inputs_{call}.npz", more)
        files.write_npz(folder / f"outputs_{call}.npz", answer(more))
        calls.append({"inputs": f"inputs_{call}.npz", "outputs": f"outputs_{call}.npz"})
    noise = 0.0
    for to in (-np.inf, np.inf) if len(calls) == 1 and "expect_error" not in facts else ():
        moved = {k: np.nextafter(v, np.float32(to)) if v.dtype.kind == "f" else v for k, v in inputs.items()}
        pairs = [(a, b) for a, b in zip(expected.values(), answer(moved).values(), strict=True) if a.dtype.kind != "U"]
        noise = max(noise, oracle.largest_difference(*map(list, zip(*pairs))) if pairs else 0.0)
    files.write_npz(folder / "inputs.npz", inputs)
    files.write_npz(folder / "outputs.npz", expected)
    files.write_case(
        folder,
        {
            "inputs": "inputs.npz",
            "outputs": "outputs.npz",
            "rtol": 1e-4,
            "atol": max(1e-6, 4 * noise),
            "oracle_noise_max_abs": noise,
            "oracle_noise_from": "inputs moved by one unit in the last place",
            "model": function_frozen.FILE if frozen else "model",
            "oracle": f"tensorflow {tf.__version__}",
            "classes": ["TensorFlowFunction"],
            **facts,
            **({"calls": calls} if len(calls) > 1 else {}),
        },
    )


for name, (build, model_feed, facts) in CASES.items():
    if re.search(sys.argv[1] if len(sys.argv) > 1 else "", name):
        record(name, build, model_feed, facts)
        print(name)
