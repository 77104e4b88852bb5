"""Measures Keraunos, ONNX Runtime and TensorFlow in one interleaved run: see README.md. Started by run.sh."""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

import cuda_plans
import machine
import numpy
import table
from engine_process import Engine

HERE = Path(__file__).resolve().parent
NETWORKS = ["resnet50", "mobilenet_v2", "efficientnet_b0", "lstm", "gru"]
# Name, rows per call, threads, share of the time: long calls need most of it for enough rounds.
CASES = [("doc_example", 1, 1, 1)]
CASES += [(name, rows, threads, share) for name, share in zip(NETWORKS, (4, 2, 2, 1, 1)) for threads in (1, 2) for rows in (1, 32)]
TOLERANCE = 2e-4  # of the largest output: engines sum in different orders
TURN = 0.12  # seconds for which an engine runs before the next one
MINIMUM_ROUNDS = 5
LOADED = ["resnet50", "efficientnet_b0"]  # many bytes, many layers
OPENED = ["perceptron_100mb.h5", "perceptron_100mb.keras", "efficientnet_b0.keras"]  # few large datasets, many small ones
PARTS = ["times", "load", "open", "memory", "cuda"]


class Bench:
    def __init__(self, arguments):
        self.models = arguments.models
        self.program = arguments.engine

    def start(self, only=("keraunos", "onnxruntime", "tensorflow")):
        script = [sys.executable, str(HERE / "engines.py")]
        commands = {"keraunos": [self.program], "onnxruntime": [*script, "onnxruntime"], "tensorflow": [*script, "tensorflow"]}
        return [Engine(name, commands[name]) for name in only]

    def file(self, model, engine):
        return self.models / f"{model}{'.onnx' if engine == 'onnxruntime' else '.keras'}"

    def input(self, model, rows):
        whole = numpy.fromfile(self.models / f"{model}.input", numpy.float32)
        path = self.models / f"{model}.{rows}.input"
        whole[: whole.size * rows // 32].tofile(path)
        return path


def agreement(bench, model, engines):
    """The largest difference from TensorFlow's values, relative to the largest value."""
    values = {}
    for engine in engines:
        path = bench.models / f"{model}.{engine.name}.output"
        engine.ask("write", path)
        values[engine.name] = numpy.fromfile(path, numpy.float32).astype(numpy.float64)
    truth = values["tensorflow"]
    worst = {name: float(numpy.abs(found - truth).max() / numpy.abs(truth).max()) for name, found in values.items() if name != "tensorflow"}
    for name, difference in worst.items():
        if not difference < TOLERANCE:
            raise SystemExit(f"{model}: {name} differs from TensorFlow by {difference:.2g} of the largest output, allowed is {TOLERANCE}")
    return worst


def turn(engine, calls):
    """Median and minimum of one interval. In its first call the caches contain another engine's data, so that call does not
    count unless calls are long."""
    times = engine.run(calls + 1)[1:] if calls > 1 else engine.run(1)
    return statistics.median(times), min(times)


def rounds(engines, seconds):
    """Medians of each round's intervals by engine. Rounds alternate in direction, so that a drift of the machine affects all
    engines alike."""
    once = {engine.name: engine.run(1)[0] / 1e6 for engine in engines}  # warm, because agreement() has called it
    calls = {name: max(1, min(5000, int(TURN / duration))) for name, duration in once.items()}
    medians, minima = {name: [] for name in once}, {name: [] for name in once}
    until, number = time.monotonic() + seconds, 0
    while number < MINIMUM_ROUNDS or time.monotonic() < until:
        for engine in engines if number % 2 == 0 else reversed(engines):
            median, minimum = turn(engine, calls[engine.name])
            medians[engine.name].append(median)
            minima[engine.name].append(minimum)
        number += 1
    return medians, minima


def measure(bench, case, seconds):
    model, rows, threads, _ = case
    engines = bench.start()
    try:
        for engine in engines:
            engine.ask("load", bench.file(model, engine.name), threads)
            engine.ask("input", bench.input(model, rows), rows)
        difference = agreement(bench, model, engines)
        others = machine.Others([engine.process.pid for engine in engines])
        medians, minima = rounds(engines, seconds)
        others = others.share()
    finally:
        for engine in engines:
            engine.__exit__()
    ratio = lambda other: statistics.median(ours / theirs for ours, theirs in zip(medians["keraunos"], medians[other]))
    quartiles = statistics.quantiles([a / b for a, b in zip(medians["keraunos"], medians["onnxruntime"])], n=4)
    return {
        "model": model,
        "rows": rows,
        "threads": threads,
        "rounds": len(medians["keraunos"]),
        "median_us": {name: statistics.median(times) for name, times in medians.items()},
        "min_us": {name: min(times) for name, times in minima.items()},
        "ratio_to_onnxruntime": ratio("onnxruntime"),
        "ratio_quartiles": [quartiles[0], quartiles[2]],
        "ratio_of_minima": min(minima["keraunos"]) / min(minima["onnxruntime"]),
        "ratio_to_tensorflow": ratio("tensorflow"),
        "difference": difference,
        "others_share": others,
    }


def loads(bench, model, times):
    """Seconds to load from the page cache, each time in a new process that has loaded its libraries; engines alternate."""
    found = {}
    for number in range(times + 1):
        for engine in bench.start():
            with engine:
                seconds = float(engine.ask("load", bench.file(model, engine.name), 2))
            if number > 0:
                found.setdefault(engine.name, []).append(seconds)
    return {name: {"median_s": statistics.median(all_), "min_s": min(all_)} for name, all_ in found.items()}


def openings(bench, file, times):
    """Seconds of load_model from the page cache with the strict reader of HDF5 and with libhdf5 alternately, each time in a new
    process."""
    found = {"load": [], "load_library": []}
    for number in range(times + 1):
        for order, all_ in found.items():
            with bench.start(["keraunos"])[0] as engine:
                seconds = float(engine.ask(order, bench.models / file, 2))
            if number > 0:
                all_.append(seconds)
    size = (bench.models / file).stat().st_size
    return {"bytes": size} | {order: {"median_s": statistics.median(all_), "min_s": min(all_)} for order, all_ in found.items()}


def memory(bench, model, rows):
    """Peak memory in KiB of a process that loads and calls once, minus its memory before, the weights and the input."""
    weights = (bench.models / f"{model}.onnx").stat().st_size / 1024
    found = {}
    for engine in bench.start():
        before = int(engine.ask("baseline").split()[0])
        engine.ask("load", bench.file(model, engine.name), 2)
        path = bench.input(model, rows)
        engine.ask("input", path, rows)
        engine.run(3)
        found[engine.name] = round(int(engine.ask("baseline").split()[0]) - before - weights - path.stat().st_size / 1024)
        engine.__exit__()
    return {"model": model, "rows": rows, "beyond_weights_kib": found}


def stem_of(folder, report):
    return folder / f"{report['machine']['date']}-cpu"


def write(folder, report):
    folder.mkdir(parents=True, exist_ok=True)
    stem = stem_of(folder, report)
    stem.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    stem.with_suffix(".md").write_text(table.page(report))
    return stem


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10, help="about: five rounds of each case are run in any case, which takes some eight")
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--standin", default="", help="keraunos-standin, for the CUDA figures")
    parser.add_argument("--results", type=Path, required=True)
    parser.add_argument("--only", default="", help="models whose name contains this")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="measure these again, keep the rest of today's file")
    return parser.parse_args()


def measure_times(bench, arguments, report):
    cases = [case for case in CASES if arguments.only in case[0]]
    unit = arguments.minutes * 60 * 0.85 / sum(case[3] for case in cases)
    report["cases"] = []
    for case in cases:
        report["cases"].append(measure(bench, case, case[3] * unit))
        print(table.line(report["cases"][-1]), flush=True)
        write(arguments.results, report)  # an interrupted run leaves its results so far


def main():
    arguments = parse_arguments()
    bench = Bench(arguments)
    report = {"machine": machine.describe(), "versions": machine.versions(HERE.parent.parent), "cases": [], "load": {}, "memory": []}
    earlier = stem_of(arguments.results, report).with_suffix(".json")
    if arguments.parts != PARTS and earlier.exists():
        report |= json.loads(earlier.read_text())
    if "times" in arguments.parts:
        measure_times(bench, arguments, report)
    names = [name for name in NETWORKS if arguments.only in name]
    if "load" in arguments.parts:
        report["load"] = {name: loads(bench, name, 5) for name in names if name in LOADED}
        write(arguments.results, report)
    if "open" in arguments.parts:
        report["open"] = {file: openings(bench, file, 15) for file in OPENED if arguments.only in file}
        write(arguments.results, report)
    if "memory" in arguments.parts:
        report["memory"] = [memory(bench, name, rows) for name in names for rows in (1, 32)]
    if "cuda" in arguments.parts and arguments.standin:
        report["cuda_plan"] = [cuda_plans.figures(arguments.standin, bench.models, name, rows) for name in ["doc_example", *NETWORKS] for rows in (1, 32)]
    print(f"written: {write(arguments.results, report)}.json and .md")


if __name__ == "__main__":
    main()
