"""Models behind KServe's server (kserve 0.21).

    python -m keraunos.kserve --model_name iris --model_dir /mnt/models [--http_port 8080] …

Routes of the Open Inference Protocol (V2) and of TF Serving's rows (V1). In a server of your own:

    model = Model("iris", "iris.keras")
    model.load()
    ModelServer().start([model])
"""

import argparse
import asyncio
import os
import sys
import uuid
from pathlib import Path

import numpy as np

from . import batch
from .columns import shaped
from .errors import DataError, Error, ModelNotFoundError, UsageError
from .extras import missing
from .json_rows import array_of, columns_of, jsonable, parsed

try:
    import kserve
    from kserve.errors import InvalidInput
except ImportError as error:
    raise missing("kserve", "kserve") from error

_DATATYPES = {
    "float16": "FP16",
    "float32": "FP32",
    "float64": "FP64",
    "bfloat16": "FP32",
    "bool": "BOOL",
    "boolean": "BOOL",
    "string": "BYTES",
    **{f"{sign}int{bits}": f"{sign}int{bits}".upper() for sign in ("", "u") for bits in (8, 16, 32, 64)},
}
_SUFFIXES = (".keras", ".h5", ".hdf5")


def find_model(place):
    """The model at a path: a file, a folder that is a model, or a folder with one model or with numbered SavedModels."""
    place = Path(place)
    if place.is_file() or _is_model_folder(place):
        return str(place)
    if not place.is_dir():
        raise ModelNotFoundError(f"File not found: filepath={place}")
    found = sorted(part for part in place.iterdir() if part.suffix in _SUFFIXES or part.is_dir() and _is_model_folder(part))
    if found and all(part.name.isdigit() for part in found):
        found = [max(found, key=lambda part: int(part.name))]
    if len(found) != 1:
        names = ", ".join(part.name for part in found) or "none"
        raise ModelNotFoundError(f"{place} must contain one model (.keras, .h5, or a SavedModel), found {names}; name the file")
    return str(found[0])


def _is_model_folder(place):
    return any((place / name).exists() for name in ("saved_model.pb", "config.json"))


class Model(kserve.Model):
    """`model`: a path as in find_model(). The options are those of load_model()."""

    def __init__(self, name, model, **options):
        super().__init__(name)
        self._place = os.fspath(model)
        self._options = options
        self._model = None

    def load(self):
        self._model = batch.load(
            find_model(self._place), self._options.get("threads", 0), **{k: v for k, v in self._options.items() if k != "threads"}
        )
        self.ready = True
        return self.ready

    def start(self):
        """Called by the server; the readiness that load() set is kept."""

    def get_input_types(self):
        return [_described(spec) for spec in self._model.inputs]

    def get_output_types(self):
        return [_described(spec) for spec in self._model.outputs]

    async def predict(self, payload, headers=None, response_headers=None):
        """Computes in a thread, so that the server replies to other requests and probes during a prediction."""
        try:
            return await asyncio.to_thread(self._answer, payload)
        except (UsageError, DataError) as error:
            raise InvalidInput(str(error)) from error

    def _answer(self, payload):
        if isinstance(payload, kserve.InferRequest):
            return self._tensors(payload)
        if isinstance(payload, bytes):  # without a Content-Type of JSON, which clients of TF Serving need not send
            payload = parsed(payload)
        if not isinstance(payload, dict):
            raise UsageError("the body must be an object of JSON with instances, or a request of the Open Inference Protocol")
        return self._rows(payload)

    def _computed(self, given):
        """`given`: arrays by the names of inputs."""
        chosen = {}
        for spec in self._model.inputs:
            name = spec.name if spec.name in given else spec.input_layer
            if name not in given:
                raise UsageError(f'the input "{spec.name}" is missing; found {", ".join(given) or "none"}')
            chosen[spec.name] = shaped(given[name], spec, f'the input "{name}"')
            given = {key: value for key, value in given.items() if key != name}
        if given:
            raise UsageError(f'the model has no input "{next(iter(given))}"; it has {", ".join(self._model.input_names)}')
        return self._model.predict_columns(chosen)

    # The Open Inference Protocol

    def _tensors(self, request):
        results = self._computed({tensor.name: _tensor(tensor) for tensor in request.inputs})
        asked = [output.name for output in request.request_outputs or []]
        unknown = [name for name in asked if name not in results]
        if unknown:
            raise UsageError(f'the model has no output "{unknown[0]}"; it has {", ".join(results)}')
        outputs = []
        for name, values in results.items():
            if asked and name not in asked:
                continue
            values = values.astype(np.float32) if values.dtype.name == "bfloat16" else values
            spec = next(spec for spec in self._model.outputs if spec.name == name)
            output = kserve.InferOutput(name=name, shape=list(values.shape), datatype=_DATATYPES[spec.dtype])
            output.set_data_from_numpy(values, binary_data=bool(request.use_binary_outputs))
            outputs.append(output)
        return kserve.InferResponse(
            response_id=request.id or str(uuid.uuid4()),
            model_name=self.name,
            infer_outputs=outputs,
            use_binary_outputs=request.use_binary_outputs,
            requested_outputs=request.request_outputs,
        )

    # TF Serving's rows: the reply to {"instances": […]} is {"predictions": […]}, to {"inputs": …} {"outputs": …}

    def _rows(self, body):
        unknown = sorted(set(body) - {"instances", "inputs", "signature_name"})
        if unknown:
            raise UsageError(f'the request has "{unknown[0]}"; expected "instances" or "inputs", and "signature_name"')
        if body.get("signature_name", "serving_default") != "serving_default":
            raise UsageError(
                f'signature_name is {body["signature_name"]!r}; a server has only the function "serving_default"'
            )
        if ("instances" in body) == ("inputs" in body):
            raise UsageError('the request must have either "instances" (rows) or "inputs" (columns)')
        if "inputs" in body:
            results = self._computed(self._columns(body["inputs"]))
            values = {name: jsonable(array) for name, array in results.items()}
            return {"outputs": values if len(values) > 1 else next(iter(values.values()))}
        results = {name: jsonable(array) for name, array in self._computed(self._columns(columns_of(body["instances"]))).items()}
        if len(results) == 1:
            return {"predictions": next(iter(results.values()))}
        return {"predictions": [dict(zip(results, row)) for row in zip(*results.values())]}

    def _columns(self, columns):
        if not isinstance(columns, dict):
            if len(self._model.inputs) > 1:
                raise UsageError(
                    f'the model has several inputs, {", ".join(self._model.input_names)}: name each of them'
                )
            columns = {self._model.inputs[0].name: columns}
        return {name: array_of(name, values) for name, values in columns.items()}


def _described(spec):
    return {"name": spec.name, "datatype": _DATATYPES[spec.dtype], "shape": [-1 if size is None else size for size in spec.shape]}


def _tensor(tensor):
    try:
        return tensor.as_numpy()
    except (ValueError, TypeError) as error:
        raise UsageError(
            f'the input "{tensor.name}" is not a tensor of {tensor.datatype} with the shape {list(tensor.shape)}: {error}'
        ) from error


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m keraunos.kserve", parents=[kserve.model_server.parser], conflict_handler="resolve"
    )
    parser.add_argument("--model_dir", default="/mnt/models", help="the model, or the folder that contains it (default: /mnt/models)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or cuda:1")
    parser.add_argument("--precision", default="as_saved", help="as_saved, float32, tf32, bfloat16 or float16")
    parser.add_argument("--threads", type=int, default=0, help="threads per request on the CPU (default: the number of cores)")
    parser.add_argument("--signature", default="", help="the function of a SavedModel to compute")
    options = parser.parse_args(arguments)
    model = Model(
        options.model_name,
        options.model_dir,
        device=options.device,
        precision=options.precision,
        threads=options.threads,
        signature=options.signature,
    )
    try:
        model.load()
    except (Error, OSError) as error:
        sys.exit(f"python -m keraunos.kserve: {error}")
    kserve.ModelServer().start([model])


if __name__ == "__main__":
    main()
