"""Times PyTorch on this machine's GPU for the rows that `keraunos bench --device cuda` measures: gpu_torch.py [SECONDS PER ROW] > rows.jsonl

The call is the same: random float32 rows in ordinary host memory, results in host memory, one call after the other. It is written in two ways:
`eager`, and `captured` (the model in a CUDA graph, rows copied into its input); networks run both in contiguous and in channels_last memory,
which suits cuDNN. `float32` has TF32 off, `tf32` has it on. Weights are random: times are the same as with trained ones.
"""
import json
import statistics
import sys
import time

import torch
import torchvision


class Last(torch.nn.Module):
    """A recurrent layer's last output, as a Keras layer without return_sequences gives it."""

    def __init__(self, kind):
        super().__init__()
        self.layer = kind(64, 128, batch_first=True)

    def forward(self, x):
        return self.layer(x)[0][:, -1]


MODELS = {
    "resnet50": (torchvision.models.resnet50, (3, 224, 224)),
    "mobilenet_v2": (torchvision.models.mobilenet_v2, (3, 224, 224)),
    "efficientnet_b0": (torchvision.models.efficientnet_b0, (3, 224, 224)),
    "lstm": (lambda: Last(torch.nn.LSTM), (100, 64)),
    "gru": (lambda: Last(torch.nn.GRU), (100, 64)),
}


def eager(model, rows):
    return lambda: model(rows.cuda()).cpu()


def captured(model, rows):
    held = rows.cuda()
    side = torch.cuda.Stream()
    with torch.cuda.stream(side):
        for _ in range(3):
            model(held)
    torch.cuda.current_stream().wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        result = model(held)

    def call():
        held.copy_(rows)
        graph.replay()
        return result.cpu()

    return call


def median_us(call, seconds):
    for _ in range(5):
        call()
    times, until = [], time.perf_counter() + seconds
    while len(times) < 5 or time.perf_counter() < until:
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return statistics.median(times) * 1e6, len(times)


@torch.inference_mode()
def main(seconds=0.5):
    print(json.dumps({"torch": torch.__version__, "cudnn": torch.backends.cudnn.version(), "device": torch.cuda.get_device_name()}))
    torch.backends.cudnn.benchmark = True
    for name, (make, shape) in MODELS.items():
        model = make().eval().cuda()
        image = len(shape) == 3
        for precision in ("float32", "tf32"):
            torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
            for batch in (1, 32):
                rows = torch.rand(batch, *shape)
                for layout in (torch.contiguous_format, torch.channels_last) if image else (torch.contiguous_format,):
                    model = model.to(memory_format=layout)
                    for way in (eager, captured):
                        median, calls = median_us(way(model, rows.contiguous(memory_format=layout)), seconds)
                        row = {"model": name, "precision": precision, "batch": batch, "layout": str(layout)[6:], "way": way.__name__}
                        print(json.dumps({**row, "median_us": round(median, 1), "calls": calls}), flush=True)


main(*map(float, sys.argv[1:]))
