"""Keras 3 on PyTorch."""

import os

import numpy as np

from .structure import arranged


class KerasTorch:
    """Calls the model without gradients; on a GPU it captures a CUDA graph for each shape."""

    name = "keras torch"
    packages = ["torch", "keras"]
    environment = {"KERAS_BACKEND": "torch"}

    def start(self, threads, device):
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("this PyTorch has no CUDA device")
        self.device = "cuda" if device != "cpu" and torch.cuda.is_available() else "cpu"
        os.environ["KERAS_TORCH_DEVICE"] = self.device  # Keras reads it at import
        import keras

        if keras.__version__.startswith("2."):
            raise RuntimeError(f"Keras {keras.__version__} has no backend PyTorch")
        torch.set_num_threads(threads)
        self.torch, self.keras, self.graphs = torch, keras, {}
        return {"torch": torch.__version__, "keras": keras.__version__}

    def load(self, path):
        self.model = self.keras.models.load_model(path, compile=False)

    def computed(self, tensors):
        return self.model(arranged(self.model, dict(zip(self.names, tensors))), training=False)

    def call(self, inputs):
        self.names, arrays = list(inputs), list(inputs.values())
        with self.torch.inference_mode():
            if self.device == "cpu":
                results = self.computed([self.torch.from_numpy(np.ascontiguousarray(array)) for array in arrays])
            else:
                results = self.replayed(arrays)
        return {str(place): tensor.cpu().numpy() for place, tensor in enumerate(self.flat(results))}

    def flat(self, results):
        if isinstance(results, dict):
            return list(results.values())
        return list(results) if isinstance(results, (list, tuple)) else [results]

    def replayed(self, arrays):
        key = tuple((array.shape, array.dtype.str) for array in arrays)
        if key not in self.graphs:
            self.graphs[key] = self.captured(arrays)
        graph, places, results = self.graphs[key]
        for place, array in zip(places, arrays):
            place.copy_(self.torch.from_numpy(np.ascontiguousarray(array)))
        graph.replay()
        return results

    def captured(self, arrays):
        places = [self.torch.from_numpy(np.ascontiguousarray(array)).to(self.device) for array in arrays]
        stream = self.torch.cuda.Stream()
        stream.wait_stream(self.torch.cuda.current_stream())
        with self.torch.cuda.stream(stream):
            for _ in range(3):  # libraries choose their kernels before the capture
                self.computed(places)
        self.torch.cuda.current_stream().wait_stream(stream)
        graph = self.torch.cuda.CUDAGraph()
        with self.torch.cuda.graph(graph):
            results = self.computed(places)
        return graph, places, results
