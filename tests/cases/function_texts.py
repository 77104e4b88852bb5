"""Models of generate_functions.py that move texts (slices, joins, choices by numbers that are computed) or decode bytes."""

import numpy as np
import tensorflow as tf

from function_loops import built, spec


class Moved(tf.Module):
    @tf.function(input_signature=[spec(None, 3, dtype=tf.string), spec(None, 3, dtype=tf.int64, name="n")])
    def call(self, x, n):
        names = tf.constant(["ant", "bee", "çat", ""])
        return {
            "column": x[:, 0],
            "columns": x[:, ::-1][:, 1:],
            "joined": tf.concat([x, tf.constant([["end"], ["of"]])], axis=1),
            "stacked": tf.stack([x[:, 0], names[:2]], axis=1),
            "tiled": tf.tile(x, [1, 2]),
            "transposed": tf.transpose(x),
            "reversed": tf.reverse(x, [1]),
            "part": tf.split(x, 3, axis=1)[2],
            "second": tf.unstack(x, axis=1)[1],
            "chosen": tf.where(n > 1, x, tf.constant("-")),
            "named": tf.gather(names, n),
            "best": tf.gather(names, tf.argmax(n, axis=1)),
            "by_row": tf.gather(x, n, batch_dims=1),
            "elements": tf.gather_nd(x, [[0, 1], [1, 2]]),
            "filled": tf.fill(tf.shape(x), "z"),
            "kept": tf.boolean_mask(x, n[:, 0] > 0),
            "flat": tf.reshape(x, [-1]),
        }


class WordMeans(tf.Module):
    """The mean and the largest of the rows of a table for the words of each line."""

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(np.sin(np.arange(60.0)).reshape(20, 3).astype("float32"))

    @tf.function(input_signature=[spec(None, dtype=tf.string)])
    def call(self, x):
        words = tf.strings.split(tf.strings.lower(x))
        rows = tf.gather(self.table, tf.strings.to_hash_bucket_fast(words, 20))
        return {"mean": tf.reduce_mean(rows, axis=1), "largest": tf.reduce_max(rows, axis=1), "all": tf.reduce_sum(rows, axis=[1, 2])}


class Bytes(tf.Module):
    """Numbers in texts, and Base64."""

    @tf.function(input_signature=[spec(None, dtype=tf.string)])
    def call(self, x):
        io = tf.io
        coded = io.encode_base64(x)
        return {
            "bytes": io.decode_raw(x, tf.uint8),
            "numbers": io.decode_raw(x, tf.float32),
            "reversed": io.decode_raw(x, tf.int16, little_endian=False),
            "long": io.decode_raw(tf.reshape(x, [-1, 1]), tf.int64),
            "coded": coded,
            "padded": io.encode_base64(tf.strings.join([x, "~"]), pad=True),
            "decoded": io.decode_base64(coded),
        }


TEXTS = np.array([["x", "dög", "z"], ["p", "", "long text"]])
NUMBERS = np.array([[0, 1, 2], [2, 0, 1]], "int64")
CASES = {
    "texts_moved": (built(Moved), {"x": lambda random: TEXTS, "n": lambda random: NUMBERS}, {}),
    "texts_means": (built(WordMeans), {"x": lambda random: np.array(["The quick brown fox", "a  Dog", "fox"])}, {}),
    "texts_bytes": (built(Bytes), {"x": lambda random: np.array(["abcdefgh", "01234567", "ÿ?>~ no"])}, {}),
}
