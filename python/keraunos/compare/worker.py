"""The process of one engine: reads commands, one line of JSON each, and replies with a line of JSON.

{"do": "start", …}, {"do": "load", "path": …}, {"do": "take", "file": …, "rows": …}, {"do": "answer", "file": …}, {"do":
"run", "seconds": …}"""

import importlib.util
import json
import os
import sys
import time

import numpy as np

from .engines import ENGINES


def engine_named(name):
    if ":" not in name:
        return ENGINES[name]()
    file, _, class_name = name.rpartition(":")
    spec = importlib.util.spec_from_file_location("keraunos_compare_engine", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return getattr(module, class_name)()


def peak_memory():
    """The process's peak memory in bytes."""
    with open("/proc/self/status") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


class Worker:
    def __init__(self, name):
        self.engine = engine_named(name)
        self.inputs = None

    def start(self, threads, device):
        missing = [package for package in self.engine.packages if importlib.util.find_spec(package) is None]
        if missing:
            return {"error": f"not installed: {', '.join(missing)}"}
        return {"versions": self.engine.start(threads, device)}

    def load(self, path):
        """Load time in seconds, without imports and conversions."""
        if hasattr(self.engine, "prepare"):
            self.engine.prepare(path)
        begin = time.perf_counter()
        self.engine.load(path)
        return {"seconds": time.perf_counter() - begin}

    def specs(self):
        return {"specs": [[name, list(shape), dtype] for name, shape, dtype in self.engine.specs()]}

    def take(self, file, rows):
        with np.load(file, allow_pickle=False) as stored:
            self.inputs = {name: np.resize(stored[name], (rows, *stored[name].shape[1:])) for name in stored.files}
        return {}

    def answer(self, file):
        """One call, whose results are written to `file`."""
        np.savez(file, **self.engine.call(self.inputs))
        return {}

    def run(self, seconds):
        """Nanoseconds of each call, for about `seconds`; at least one call."""
        times, end = [], time.perf_counter_ns() + int(seconds * 1e9)
        while True:
            begin = time.perf_counter_ns()
            self.engine.call(self.inputs)
            now = time.perf_counter_ns()
            times.append(now - begin)
            if now >= end:
                return {"times": times, "memory": peak_memory()}


def main():
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # output of the engine must not be taken for a reply
    worker = Worker(sys.argv[1])
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(worker, order.pop("do"))(**order)
        except Exception as error:  # any exception of an engine is reported, and the other engines continue
            answer = {"error": f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
