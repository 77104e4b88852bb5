"""Engines that run the model as an ONNX file. to_onnx.py makes the file in a separate process; its time and memory are not counted."""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def onnx_of(path, folder):
    """Writes the model as an ONNX file to a folder."""
    out = Path(folder) / "model.onnx"
    backends = [name for name in ("tensorflow", "torch", "jax") if importlib.util.find_spec(name)]
    environment = {**os.environ, "KERAS_BACKEND": backends[0] if backends else "", "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
    converter = Path(__file__).with_name("to_onnx.py")
    done = subprocess.run([sys.executable, converter, path, out], capture_output=True, text=True, env=environment)
    if done.returncode != 0 or not out.exists():
        last = [line for line in done.stderr.splitlines() if line.strip()][-1:]
        raise RuntimeError(f"no ONNX file could be made: {''.join(last) or f'exit code {done.returncode}'}")
    return out


class Exported:
    environment = {}

    def prepare(self, path):
        converted = Path(path).with_suffix(".onnx")
        if converted.exists():
            self.file = str(converted)
            return
        self.folder = tempfile.TemporaryDirectory()
        self.file = str(onnx_of(path, self.folder.name))

    def by_place(self, results):
        return {str(place): result for place, result in enumerate(results)}


class OnnxRuntime(Exported):
    """ONNX Runtime; on a GPU if its package has CUDA."""

    name = "onnxruntime"
    packages = ["onnxruntime", "keras"]

    def start(self, threads, device):
        import onnxruntime

        self.runtime, self.threads = onnxruntime, threads
        has_cuda = "CUDAExecutionProvider" in onnxruntime.get_available_providers()
        if device == "cuda" and not has_cuda:
            raise RuntimeError("this onnxruntime has no CUDA; install onnxruntime-gpu")
        self.providers = ["CUDAExecutionProvider"] if has_cuda and device != "cpu" else ["CPUExecutionProvider"]
        return {"onnxruntime": onnxruntime.__version__}

    def load(self, path):
        options = self.runtime.SessionOptions()
        options.intra_op_num_threads = self.threads
        self.session = self.runtime.InferenceSession(self.file, options, providers=self.providers)
        self.names = [port.name for port in self.session.get_inputs()]

    def call(self, inputs):
        given = inputs if set(inputs) == set(self.names) else dict(zip(self.names, inputs.values()))
        return self.by_place(self.session.run(None, given))


class OpenVino(Exported):
    """OpenVINO on the CPU, in float32."""

    name = "openvino"
    packages = ["openvino", "keras"]

    def start(self, threads, device):
        import openvino

        if device == "cuda":
            raise RuntimeError("OpenVINO does not run on CUDA")
        self.openvino, self.threads = openvino, threads
        return {"openvino": openvino.__version__.split("-")[0]}

    def load(self, path):
        core = self.openvino.Core()
        hints = {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
        self.compiled = core.compile_model(core.read_model(self.file), "CPU", hints)
        self.names = [port.get_any_name() for port in self.compiled.inputs]

    def call(self, inputs):
        given = inputs if set(inputs) == set(self.names) else list(inputs.values())
        results = self.compiled(given)
        return self.by_place([results[port] for port in self.compiled.outputs])
