"""Models of generate_functions.py with sparse tensors, rows of different lengths, texts with numbers, and shapes of data."""

import numpy as np
import tensorflow as tf

from function_loops import built, normal, spec

WHOLE = dict(dtype=tf.int64)
ZERO = np.int64(0)


class Sparse(tf.Module):
    @tf.function(input_signature=[spec(None, 4), spec(None, 4, name="n", **WHOLE), spec(None, 4, dtype=tf.string, name="s")])
    def call(self, x, n, s):
        sparse, places = tf.sparse.from_dense(tf.nn.relu(x)), tf.where(s != "")
        texts = tf.SparseTensor(places, tf.gather_nd(s, places), tf.shape(s, tf.int64))
        backwards = tf.SparseTensor(sparse.indices[::-1], sparse.values[::-1], sparse.dense_shape)
        words = tf.SparseTensor(texts.indices[::-1], texts.values[::-1], texts.dense_shape)
        wide = tf.sparse.reshape(sparse, [-1, 2])
        part = tf.sparse.slice(sparse, [1, 0], [2, 3])
        table = tf.reshape(tf.range(27.0), [9, 3]) / 4.0
        ids = tf.sparse.from_dense(n)
        kernel = tf.reshape(tf.range(12.0), [4, 3]) - 5.0
        return {
            "dense": tf.sparse.to_dense(sparse, -1.0),
            "ordered": tf.sparse.reorder(backwards).values,
            "ordered_places": tf.sparse.reorder(backwards).indices,
            "ordered_texts": tf.sparse.reorder(words).values,
            "dense_texts": tf.sparse.to_dense(tf.sparse.reorder(words), "-"),
            "turned": tf.sparse.to_dense(tf.sparse.transpose(sparse)),
            "wide": tf.sparse.to_dense(wide),
            "wide_shape": wide.dense_shape,
            "part": tf.sparse.to_dense(part),
            "part_shape": part.dense_shape,
            "product": tf.sparse.sparse_dense_matmul(sparse, kernel),
            "turned_product": tf.sparse.sparse_dense_matmul(sparse, kernel[:3], adjoint_a=True),
            "adjoint_product": tf.sparse.sparse_dense_matmul(sparse, tf.transpose(kernel), adjoint_b=True),
            "sums": tf.sparse.reduce_sum(sparse, 1),
            "sums_kept": tf.sparse.reduce_sum(sparse, 0, keepdims=True),
            "sum": tf.sparse.reduce_sum(sparse),
            **{f"rows_{c}": tf.nn.embedding_lookup_sparse(table, ids, None, combiner=c) for c in ("sum", "mean", "sqrtn")},
        }


class Ragged(tf.Module):
    @tf.function(input_signature=[spec(None, 4), spec(None, name="n", **WHOLE), spec(None, 4, dtype=tf.string, name="s")])
    def call(self, x, n, s):
        rows = tf.RaggedTensor.from_tensor(x, lengths=n)
        words = tf.RaggedTensor.from_tensor(s, lengths=n)
        counts = tf.ragged.range(n, 2 * n + 1, 2)
        nested = tf.RaggedTensor.from_row_lengths(words, [1, 2])
        sparse, deep = rows.to_sparse(), nested.to_sparse()
        return {
            "chosen": tf.gather(rows, [2, 0, 2]).to_tensor(-1.0),
            "chosen_pairs": tf.gather(rows, [[2, 0], [1, 1]]).to_tensor(-1.0),
            "chosen_nested": tf.gather(nested, [1, 0, 1]).to_tensor("-"),
            "joined": tf.concat([words, words[:, :1]], 1).to_tensor("-"),
            "stacked": tf.concat([rows, rows], 0).to_tensor(),
            "counts": counts.to_tensor(),
            "halves": tf.ragged.range(0.0, tf.cast(n, tf.float32) / 3.0, 0.25).to_tensor(-1.0),
            "down": tf.ragged.range(tf.cast(n, tf.int32), -1, -2, row_splits_dtype=tf.int32).to_tensor(-1),
            "sparse_values": sparse.values,
            "sparse_places": sparse.indices,
            "sparse_dense": tf.sparse.to_dense(sparse, -2.0),
            "deep_dense": tf.sparse.to_dense(deep, "none"),
            "deep_places": deep.indices,
            "deep_shape": deep.dense_shape,
            "sums": tf.reduce_sum(rows, axis=1),
        }


class Formats(tf.Module):
    @tf.function(input_signature=[spec(None), spec(None, 3, dtype=tf.int32, name="n"), spec(None, dtype=tf.string, name="s")])
    def call(self, x, n, s):
        texts = {
            "numbers": tf.strings.format("x = {}", x, summarize=-1),
            "doubles": tf.strings.format("{}", tf.cast(x, tf.float64) * 0.3, summarize=-1),
            "short": tf.strings.format("{} of {}!", (x, n)),
            "ends": tf.strings.format("{}", tf.reshape(tf.range(90) + n[0, 0], [3, 5, 6]), summarize=2),
            "texts": tf.strings.format("%s {} {}", (s, x > 0.0), summarize=-1),
            "single": tf.strings.format("{}|{}|{}", (x[0], n[0, 0], s[0])),
        }
        return {name: text[None] for name, text in texts.items()}


class Projected(tf.Module):
    @tf.function(input_signature=[spec(None, 5, 6, 2), spec(None, 8, name="t")])
    def call(self, x, t):
        op, results = tf.raw_ops.ImageProjectiveTransformV3, {}
        for mode in ("CONSTANT", "NEAREST", "WRAP", "REFLECT"):
            results[mode] = op(images=x, transforms=t, output_shape=[4, 7], fill_value=0.5, interpolation="BILINEAR", fill_mode=mode)
        near = dict(interpolation="NEAREST", fill_mode="CONSTANT")
        results["near"] = op(images=x, transforms=t[:1], output_shape=tf.shape(x)[1:3], fill_value=-1.0, **near)
        results["old"] = tf.raw_ops.ImageProjectiveTransformV2(images=x, transforms=t, output_shape=[5, 6], interpolation="BILINEAR")
        return results


class Shapes(tf.Module):
    """Shapes and places that data decides."""

    @tf.function(input_signature=[spec(None, 4), spec(None, name="n", **WHOLE)])
    def call(self, x, n):
        longest = tf.reduce_max(n)
        return {
            "mask": tf.cast(tf.sequence_mask(n), tf.int32),
            "first": x[: n[0]],
            "from": x[n[1] :, :: n[0]],
            "part": tf.slice(x, tf.stack([n[1], ZERO]), tf.stack([ZERO - 1, n[0]])),
            "tiled": tf.tile(x, [ZERO + 1, n[0]]),
            "filled": tf.fill([longest, ZERO + 2], 1.5),
            "shaped": tf.reshape(x[: 2 * n[1]], [n[1], ZERO - 1]),
            "spread": tf.broadcast_to(x[0], [longest, ZERO + 4]),
            "zeros": tf.zeros([n[0], n[2]]),
            "texts": tf.tile(tf.strings.as_string(n), [n[0]]),
            "padded": tf.concat([x, tf.zeros([longest - n[1], ZERO + 4])], 0),
        }


def rows_of(random):
    return np.array([[0, 3, 0, 8], [5, 0, 1, 0], [2, 0, 0, 0]], "int64")


def texts_of(random):
    return np.array([["fox", "", "dög", ""], ["", "a", "", "end"], ["", "", "", "the dog"]])


def few(*numbers):
    return lambda random: np.array(numbers, "int64")


def near_identity(random):
    return (np.array([1, 0, 0, 0, 1, 0, 0, 0]) + random.normal(size=(2, 8)) * 0.1).astype("float32")


NUMBERS = [0.1, 1 / 3, 1e10, 1e-7, 123456.789, 1e6, -1e5, np.nan, -np.inf, 0.0, 16777217.0]
CASES = {
    "sparse": (built(Sparse), {"x": normal(3, 4), "n": rows_of, "s": texts_of}, {}),
    "ragged": (built(Ragged), {"x": normal(3, 4), "n": few(2, 4, 1), "s": texts_of}, {}),
    "formats": (
        built(Formats),
        {
            "x": lambda random: np.array(NUMBERS, "float32"),
            "n": lambda random: np.arange(33, dtype="int32").reshape(11, 3),
            "s": lambda random: np.array(["a'b\"\n\x01é", "x", "\\", "\t", "", "?", "z", "1", "2", "3", "4"]),
        },
        {},
    ),
    "projected": (built(Projected), {"x": normal(2, 5, 6, 2), "t": near_identity}, {}),
    "shapes": (built(Shapes), {"x": normal(3, 4), "n": few(3, 1, 2)}, {}),
}
