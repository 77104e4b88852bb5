"""ONNX Runtime and TensorFlow as engines with the commands of engine.cpp: python engines.py onnxruntime|tensorflow."""

import os
import sys
import time

import numpy


def peak_memory():
    with open("/proc/self/status") as status:
        return next(line.split()[1] for line in status if line.startswith("VmHWM"))


class OnnxRuntime:
    def __init__(self):
        import onnxruntime

        self.library = onnxruntime

    def load(self, path, threads):
        options = self.library.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self.session = self.library.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.name = self.session.get_inputs()[0].name

    def shape(self):
        return self.session.get_inputs()[0].shape

    def call(self, values):
        return self.session.run(None, {self.name: values})[0]


class TensorFlow:
    def __init__(self):
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import tensorflow

        self.library = tensorflow

    def load(self, path, threads):
        tf = self.library
        if not getattr(self, "started", False):  # the number of threads can be set once per process
            tf.config.threading.set_intra_op_parallelism_threads(threads)
            tf.config.threading.set_inter_op_parallelism_threads(1)
            self.started = True
        self.model = tf.keras.models.load_model(path, compile=False)
        # A traced function is the fastest way to call a Keras model; model.predict adds milliseconds.
        self.function = tf.function(lambda values: self.model(values, training=False), reduce_retracing=False)

    def shape(self):
        return self.model.inputs[0].shape

    def call(self, values):
        return self.function(self.library.constant(values)).numpy()


def obey(engine, state, verb, words):
    if verb == "baseline":
        return peak_memory()
    if verb == "load":
        begun = time.perf_counter()
        engine.load(words[0], int(words[1]))
        return f"{time.perf_counter() - begun:.6f}"
    if verb == "input":
        state["input"] = numpy.fromfile(words[0], numpy.float32).reshape([int(words[1]), *engine.shape()[1:]])
        return "ok"
    if verb == "write":
        engine.call(state["input"]).astype(numpy.float32).tofile(words[0])
        return "ok"
    times = []
    for _ in range(int(words[0])):
        begun = time.perf_counter_ns()
        engine.call(state["input"])
        times.append(time.perf_counter_ns() - begun)
    return " ".join(map(str, times))


def main():
    engine = {"onnxruntime": OnnxRuntime, "tensorflow": TensorFlow}[sys.argv[1]]()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # output of libraries must not be mistaken for an answer
    state = {}
    for line in sys.stdin:
        verb, *words = line.split()
        try:
            print(obey(engine, state, verb, words), file=answers, flush=True)
        except Exception as error:
            print("error:", str(error).replace("\n", " "), file=answers, flush=True)


if __name__ == "__main__":
    main()
