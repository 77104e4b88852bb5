"""The engines that run the model, one class each. Each runs in its own process, with its own threads and memory.

A custom engine, `--engine FILE.py:Class`, has the same members: `name`, `packages`, `environment`, `start(threads, device)`,
which imports what it needs and returns the versions, `load(path)`, before it `prepare(path)`, which is not timed, where there is one, and `call(inputs)`, which returns a dictionary of arrays."""

import numpy as np

from .exported import OnnxRuntime, OpenVino
from .on_torch import KerasTorch
from .structure import arranged


def named(results, names=None):
    """The results of an engine as a dictionary; structures of Keras are flattened."""
    if isinstance(results, dict):
        return {key: np.asarray(value) for key, value in results.items()}
    if isinstance(results, (list, tuple)):
        return {(names[i] if names else str(i)): np.asarray(value) for i, value in enumerate(results)}
    return {names[0] if names else "0": np.asarray(results)}


class Keraunos:
    """predict_on_batch()."""

    name = "keraunos"
    packages = ["keraunos"]
    environment = {}

    def start(self, threads, device):
        import keraunos

        self.open = lambda path: keraunos.load_model(path, threads=threads, device=device, compile=False)
        return {"keraunos": keraunos.__version__}

    def load(self, path):
        self.model = self.open(path)

    def specs(self):
        return [(spec.input_layer or spec.name, spec.shape, spec.dtype) for spec in self.model.inputs]

    def call(self, inputs):
        return named(self.model.predict_on_batch(inputs))


class KerasPredict:
    """model.predict(), as scripts call it."""

    name = "keras predict"
    packages = ["tensorflow", "keras"]
    environment = {"KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}

    def start(self, threads, device):
        import keras
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(threads)
        if device == "cpu":
            tf.config.set_visible_devices([], "GPU")
        self.tf, self.keras = tf, keras
        return {"tensorflow": tf.__version__, "keras": keras.__version__}

    def load(self, path):
        self.model = self.keras.models.load_model(path, compile=False)

    def call(self, inputs):
        x = arranged(self.model, inputs)
        rows = len(next(iter(inputs.values())))
        return named(self.model.predict(x, batch_size=rows, verbose=0))


class KerasCall(KerasPredict):
    """The model as a compiled TensorFlow function, called directly."""

    name = "tf.function"
    jit = False

    def load(self, path):
        super().load(path)
        self.function = self.tf.function(lambda x: self.model(x, training=False), jit_compile=self.jit, reduce_retracing=False)

    def call(self, inputs):
        results = self.function(self.tf.nest.map_structure(self.tf.constant, arranged(self.model, inputs)))
        return named(self.tf.nest.map_structure(lambda tensor: tensor.numpy(), results))


class KerasXla(KerasCall):
    """The same, compiled by XLA for each shape."""

    name = "tf.function XLA"
    jit = True


class KerasJax:
    """Keras 3 on JAX, compiled for each shape."""

    name = "keras jax"
    packages = ["jax", "keras"]
    environment = {"KERAS_BACKEND": "jax"}

    def start(self, threads, device):
        import jax
        import keras

        if keras.__version__.startswith("2."):
            raise RuntimeError(f"Keras {keras.__version__} has no backend JAX")
        if device == "cpu":
            jax.config.update("jax_platforms", "cpu")
        self.jax, self.keras = jax, keras
        return {"jax": jax.__version__, "keras": keras.__version__}

    def load(self, path):
        self.model = self.keras.models.load_model(path, compile=False)
        trainable = [variable.value for variable in self.model.trainable_variables]
        others = [variable.value for variable in self.model.non_trainable_variables]
        compiled = self.jax.jit(lambda x: self.model.stateless_call(trainable, others, x, training=False)[0])
        self.function = lambda x: self.jax.tree_util.tree_map(np.asarray, compiled(x))

    def call(self, inputs):
        return named(self.function(arranged(self.model, inputs)))


class Signature(KerasPredict):
    """The serving function of a SavedModel, from tf.saved_model.load()."""

    name = "tf signature"
    packages = ["tensorflow"]

    def load(self, path):
        self.loaded = self.tf.saved_model.load(path)  # kept, because the function does not keep its variables alive
        self.function = self.loaded.signatures["serving_default"]

    def call(self, inputs):
        return named({name: tensor.numpy() for name, tensor in self.function(**self.tf.nest.map_structure(self.tf.constant, inputs)).items()})


ENGINES = {engine.name: engine for engine in (Keraunos, KerasPredict, KerasCall, KerasXla, KerasJax, KerasTorch, OnnxRuntime, OpenVino, Signature)}
