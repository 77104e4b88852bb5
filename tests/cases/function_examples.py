"""Functions that begin with serialised messages tf.train.Example: tf.io.parse_example, and estimators of TensorFlow."""

import tempfile
from pathlib import Path

import numpy as np
import tensorflow as tf

from function_loops import built

WORDS = ["fixed", "normal", "reversible"]


class Parsed(tf.Module):
    """Features of every form: fixed with and without a default, of any length, sparse and ragged."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "examples")])
    def call(self, examples):
        io = tf.io
        found = io.parse_example(
            examples,
            {
                "age": io.FixedLenFeature((2, 2), tf.float32),
                "count": io.FixedLenFeature((), tf.int64, default_value=7),
                "word": io.FixedLenFeature((2,), tf.string, default_value=["?", "!"]),
                "ids": io.VarLenFeature(tf.int64),
                "names": io.VarLenFeature(tf.string),
                "steps": io.FixedLenSequenceFeature((2,), tf.float32, allow_missing=True, default_value=-1.0),
                "list": io.RaggedFeature(tf.int64),
                "parts": io.RaggedFeature(tf.string, row_splits_dtype=tf.int64),
            },
        )
        return {
            "age": tf.exp(found["age"]),
            "count": found["count"] + 1,
            "word": found["word"],
            "ids": tf.sparse.to_dense(found["ids"], -1),
            "names": tf.sparse.to_dense(found["names"]),
            "steps": found["steps"],
            "list": found["list"].to_tensor(-1),
            "parts": found["parts"].to_tensor("-"),
        }


class Parsed1(tf.Module):
    """The operation of TensorFlow 1, whose keys are lists."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, "examples")])
    def call(self, examples):
        found = tf.raw_ops.ParseExample(
            serialized=examples,
            names=[],
            sparse_keys=["ids", "names"],
            dense_keys=["age", "count", "steps"],
            dense_defaults=[tf.constant([], tf.float32), tf.constant(7, tf.int64), tf.constant(-1.0)],
            sparse_types=[tf.int64, tf.string],
            dense_shapes=[(2, 2), (), (None, 2)],
        )
        sparse = [tf.SparseTensor(*parts) for parts in zip(found.sparse_indices, found.sparse_values, found.sparse_shapes)]
        return {
            "ids": tf.sparse.to_dense(sparse[0], -1),
            "names": tf.sparse.to_dense(sparse[1]),
            "age": found.dense_values[0],
            "count": found.dense_values[1],
            "steps": found.dense_values[2],
        }


def example(**features):
    """A message; a list of floats, integers or texts each."""
    train = tf.train

    def feature(values):
        if isinstance(values[0], str):
            return train.Feature(bytes_list=train.BytesList(value=[text.encode() for text in values]))
        if isinstance(values[0], float):
            return train.Feature(float_list=train.FloatList(value=values))
        return train.Feature(int64_list=train.Int64List(value=values))

    stated = {name: feature(values) if values else train.Feature() for name, values in features.items()}
    return train.Example(features=train.Features(feature=stated)).SerializeToString(deterministic=True)


def messages(random):  # none ends with a zero, which NumPy would cut off
    age = [0.5, -1.25, 2.0, 3.5]
    return np.array(
        [
            example(age=age, count=[3], word=["", "dög"], ids=[4, -5, 6], names=["x"], steps=[1.0, 2.0], list=[9, 8], other=[1]),
            example(age=age[::-1], ids=[2], names=["a", "b", "long text"], parts=["p", "q"]),
            example(age=[v * 2 for v in age], count=[], steps=[3.0, 4.0, 5.0, 6.0], list=[-(2**40)]),
        ]
    )


def columns():
    column = tf.feature_column
    kind = column.categorical_column_with_vocabulary_list("kind", WORDS)
    return [
        column.numeric_column("age"),
        column.bucketized_column(column.numeric_column("pay"), [1.0, 5.0]),
        column.embedding_column(kind, dimension=3),
        column.indicator_column(column.categorical_column_with_hash_bucket("breed", 6)),
    ]


def trained(estimator, folder):
    """Two steps of training, then the SavedModel with a signature that parses messages."""

    def batch():
        features = {"age": [[1.0], [2.0], [3.0]], "pay": [[0.0], [3.0], [9.0]], "kind": [["fixed"], ["normal"], ["x"]]}
        features["breed"] = [["a"], ["b"], ["c"]]
        return tf.data.Dataset.from_tensors((features, [[1], [0], [1]])).repeat(2)

    estimator.train(batch, steps=2)
    spec = tf.feature_column.make_parse_example_spec(columns())
    with tempfile.TemporaryDirectory() as made:
        exported = estimator.export_saved_model(made, tf.estimator.export.build_parsing_serving_input_receiver_fn(spec))
        Path(exported.decode()).rename(folder)


def run_config(folder):
    return tf.estimator.RunConfig(tf_random_seed=1, model_dir=str(folder))


def dnn_classifier(folder):
    with tempfile.TemporaryDirectory() as work:
        trained(tf.estimator.DNNClassifier([4], columns(), n_classes=3, config=run_config(work)), folder)


def linear_regressor(folder):
    with tempfile.TemporaryDirectory() as work:
        trained(tf.estimator.LinearRegressor(columns(), config=run_config(work)), folder)


def rows(random):
    return np.array(
        [
            example(age=[1.5], pay=[0.5], kind=["normal"], breed=["a"]),
            example(age=[-2.0], pay=[7.0], kind=["fixed", "reversible"]),
            example(age=[0.25], pay=[3.0], breed=["zz"]),
            example(age=[9.0], pay=[1.0], kind=["unknown"], breed=["b"]),
        ]
    )


WRITERS = (dnn_classifier, linear_regressor)
CASES = {
    "examples": (built(Parsed), {"examples": messages}, {}),
    "examples_1": (built(Parsed1), {"examples": messages}, {}),
    "estimator_classes": (dnn_classifier, {"examples": rows}, {"signature": "predict"}),
    "estimator_numbers": (linear_regressor, {"inputs": rows}, {}),
}
