"""Functions of feature columns (DenseFeatures of Keras 2), and of the operations on sparse tensors that they consist of."""

import numpy as np
import tensorflow as tf

FIXED = ["fixed", "normal", "reversible"]


def column_kinds():
    """A DenseFeatures layer of every kind of column that takes dense inputs; strings of several words for each row."""
    column = tf.feature_column
    pay = column.bucketized_column(column.numeric_column("pay"), [1.0, 5.0, 9.0])
    kind = column.categorical_column_with_vocabulary_list("kind", FIXED, num_oov_buckets=2)
    breed = column.categorical_column_with_hash_bucket("breed", hash_bucket_size=10)
    number = column.categorical_column_with_hash_bucket("number", hash_bucket_size=7, dtype=tf.int64)
    place = column.categorical_column_with_identity("number", 5, default_value=1)
    glorot = tf.keras.initializers.RandomNormal(seed=3)
    return [
        column.numeric_column("age", shape=2, normalizer_fn=lambda x: (x - 30.0) / 12.0),
        pay,
        column.indicator_column(kind),
        column.indicator_column(place),
        column.indicator_column(column.crossed_column([pay, kind], hash_bucket_size=20)),
        column.indicator_column(column.crossed_column(["breed", "number"], hash_bucket_size=9, hash_key=77)),
        column.embedding_column(kind, dimension=4, combiner="mean", initializer=glorot),
        column.embedding_column(breed, dimension=3, combiner="sqrtn", initializer=glorot),
        column.embedding_column(number, dimension=2, combiner="sum", initializer=glorot),
    ]


def columns(folder):
    inputs = {
        "age": tf.keras.Input((2,), name="age"),
        "pay": tf.keras.Input((1,), name="pay"),
        "kind": tf.keras.Input((3,), dtype="string", name="kind"),
        "breed": tf.keras.Input((2,), dtype="string", name="breed"),
        "number": tf.keras.Input((1,), dtype="int64", name="number"),
    }
    features = tf.keras.layers.DenseFeatures(column_kinds())(inputs)
    hidden = tf.keras.layers.Dense(3, activation="tanh", kernel_initializer=tf.keras.initializers.RandomNormal(seed=4))(features)
    tf.keras.Model(inputs, [features, hidden]).save(folder)  # tf.saved_model.save does not track the columns' tables


class SparseFeatures(tf.Module):
    """Sparse tensors of the numbers and words that are not 0 or empty."""

    def __init__(self):
        super().__init__()
        self.table = tf.Variable(tf.random.stateless_normal((6, 3), (1, 2)))

    @tf.function(input_signature=[tf.TensorSpec((None, 4), tf.int64, "n"), tf.TensorSpec((None, 4), tf.string, "w")])
    def call(self, n, w):
        numbers = tf.sparse.from_dense(n)
        words = tf.sparse.from_dense(w)
        filled, empty = tf.sparse.fill_empty_rows(numbers, 5)
        filled_words, _ = tf.sparse.fill_empty_rows(words, "nothing")
        pairs = tf.sparse.reshape(numbers, [-1, 2])
        halves = tf.sparse.reshape(numbers, [-1, 2, 2])
        crossed = tf.sparse.cross([numbers, words])
        hashed = tf.sparse.cross_hashed([words, n], num_buckets=13)
        rows = filled.indices[:, 0]
        places = filled.values % 6
        return {
            "filled": tf.sparse.to_dense(filled),
            "empty": empty,
            "words": tf.sparse.to_dense(filled_words, "-"),
            "pairs": tf.sparse.to_dense(pairs, -1),
            "halves": tf.sparse.to_dense(halves),
            "crossed": tf.sparse.to_dense(crossed),
            "hashed": tf.sparse.to_dense(hashed, -1),
            "mean": tf.nn.embedding_lookup_sparse(self.table, tf.SparseTensor(filled.indices, places, filled.dense_shape), None),
            "sum": tf.sparse.segment_sum(self.table, places, rows),
            "counted_sum": tf.sparse.segment_sum(self.table, places, rows, num_segments=7),
            "counted_mean": tf.sparse.segment_mean(self.table, places, rows, num_segments=7),
            "counted_root": tf.sparse.segment_sqrt_n(self.table, places, rows, num_segments=7),
            "safe": tf.nn.safe_embedding_lookup_sparse(self.table, tf.SparseTensor(numbers.indices, numbers.values % 6, numbers.dense_shape)),
        }


def sparse_features():
    model = SparseFeatures()
    return model, {"serving_default": model.call}


def words(random, *shape):
    return random.choice(np.array([*FIXED, "dog", "", "cat"]), size=shape)


def numbers_with_gaps(random):
    numbers = random.integers(0, 4, size=(5, 4)).astype("int64")
    numbers[2] = 0
    return numbers


def words_with_gaps(random):
    found = words(random, 5, 4)
    found[3] = ""
    return found


CASES = {
    "columns": (
        columns,
        {
            "age": lambda random: random.uniform(10, 60, size=(5, 2)).astype("float32"),
            "pay": lambda random: random.uniform(0, 12, size=(5, 1)).astype("float32"),
            "kind": lambda random: words(random, 5, 3),
            "breed": lambda random: words(random, 5, 2),
            "number": lambda random: random.integers(-1, 7, size=(5, 1)).astype("int64"),
        },
        {},
    ),
    "sparse_features": (sparse_features, {"n": numbers_with_gaps, "w": words_with_gaps}, {}),
}
