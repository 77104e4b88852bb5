"""Predictions in Apache Spark (pyspark 4.3), by pyspark.ml.functions.predict_batch_udf.

    predict = predict_batch_udf(keraunos.spark.make_predict_fn("model.keras"), return_type=ArrayType(FloatType()),
                                batch_size=4096, input_tensor_shapes=[[3]])
    frame.withColumn("softmax", predict("x"))

Nothing but the path and the options is sent to the workers; each loads the model once. This module itself needs NumPy alone.
"""

import inspect

import numpy as np

from .arguments import count
from .batch import load
from .columns import Columns, shaped
from .errors import UsageError


class _Factory:
    """Called in a worker, once for each model and process."""

    def __init__(self, model, output_names, output, batch_size, threads, options):
        self._arguments = model, output_names, output, batch_size, threads, options

    def __call__(self):
        path, output_names, output, batch_size, threads, options = self._arguments
        return _predict_fn(load(path, threads, **options), output_names, output, batch_size)


def make_predict_fn(model, *, output_names=None, output=None, batch_size=None, threads=None, **options):
    """The argument `make_predict_fn` of predict_batch_udf.

    `model`: a path that each worker can read. The columns of the call are the model's inputs, in its order. For a model with
    one output the function returns an array, for several a dictionary, for a `return_type` of StructType with the names of
    the outputs, or those in `output_names` ({output: field} or a list); `output` selects one of them. Axes of an output after
    the first two are flattened, as Spark stores tensors; a single value in each row is a number in a StructType. `threads`:
    by default OMP_NUM_THREADS, as Spark sets it. The other options are those of load_model()."""
    if output is not None and output_names is not None:
        raise UsageError("output selects one output, whose column Spark names; output_names is for several outputs")
    return _Factory(model, output_names, output, count(batch_size, "batch_size"), threads, options)


def _predict_fn(model, output_names, output, batch_size):
    specs = model.inputs
    columns = Columns(model, output_names=output_names)
    if output is not None and output not in model.output_names:
        raise UsageError(f'output: the model has no output "{output}"; it has {", ".join(model.output_names)}')
    single = output or (model.output_names[0] if len(model.outputs) == 1 and output_names is None else None)

    def predict(*inputs):
        table = {spec.name: shaped(values, spec, f'the input "{spec.name}"') for spec, values in zip(specs, inputs)}
        results = model.predict_columns(table, batch_size)
        if single is not None:
            return _flat(results[single])
        return {name: _flat(values, numbers=True) for name, values in columns.named(results).items()}

    # Spark passes arguments according to the number of parameters.
    names = [f"input_{i}" for i in range(len(specs))]
    predict.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_ONLY) for name in names])
    return predict


def _flat(values, numbers=False):
    values = values.reshape(len(values), -1) if values.ndim > 2 else values
    if values.dtype == object:
        values = np.array([_text(value) for value in values.reshape(-1)], object).reshape(values.shape)
    return values[:, 0] if numbers and values.ndim == 2 and values.shape[1] == 1 else values


def _text(value):
    return value.decode() if isinstance(value, bytes) else value
