"""Measures engines side by side: their outputs are compared first, then all are called in turns, in an order that rotates."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from .worker import engine_named

WARM_UP = 0.3  # seconds
TURNS = 10


class Process:
    """A running engine, or the reason why it does not run (`error`). `python`: the interpreter of the engine, with its own packages."""

    def __init__(self, name, log, python=None):
        self.name, self.error, self.rows = name, None, {}
        engine = engine_named(name)
        self.title = engine.name
        path = {} if python else {"PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            [python or sys.executable, Path(__file__).with_name("start.py"), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **path, **engine.environment},
        )

    def ask(self, do, **order):
        """The worker's reply; None if the engine failed, now or before."""
        if self.error is not None:
            return None
        try:
            self.process.stdin.write(json.dumps({"do": do, **order}) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        answer = json.loads(line) if line else {"error": "the process ended"}
        self.error = answer.get("error")
        return None if self.error else answer

    def close(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:  # the process ended before it read the message
            pass
        self.process.wait()
        self.process.stdout.close()


def made_inputs(specs, length):
    """A row of each input: normal numbers, ids 0 and 1, with `length` elements in unknown axes."""
    random = np.random.default_rng(0)
    rows = {}
    for name, shape, dtype in specs:
        if dtype == "string":
            raise ValueError(f'input "{name}" takes strings, which cannot be generated: give --inputs FILE.npz')
        sizes = [64] + [length if size is None else size for size in shape[1:]]
        is_real = dtype.startswith(("float", "bfloat"))
        rows[name] = random.normal(size=sizes).astype("float32") if is_real else random.integers(0, 2, sizes).astype(dtype)
    return rows


def largest_difference(results, reference):
    """Relative to the largest element of the output; infinite where shapes differ."""
    if len(results) != len(reference):
        return float("inf")
    pairs = [(results[name], reference[name]) for name in results] if set(results) == set(reference) else zip(results.values(), reference.values())
    worst = 0.0
    for found, expected in pairs:
        if found.shape != expected.shape:
            return float("inf")
        if found.dtype.kind in "fiub" and found.size:
            scale = max(float(np.abs(expected.astype(np.float64)).max()), 1e-30)
            worst = max(worst, float(np.abs(found.astype(np.float64) - expected.astype(np.float64)).max()) / scale)
    return worst


def statistics(times, rows):
    micros = np.sort(np.asarray(times, dtype=np.float64)) / 1000
    median, p95, p99 = np.percentile(micros, [50, 95, 99])
    return {"calls": len(micros), "median_us": median, "p95_us": p95, "p99_us": p99, "rows_per_s": rows / median * 1e6}


def measured(processes, rows, seconds):
    """Times of each engine's calls, made in turns."""
    for process in processes:
        process.ask("run", seconds=WARM_UP)
    times, memory = {process.name: [] for process in processes}, {}
    for turn in range(TURNS):
        first = turn % max(1, len(processes))
        for process in processes[first:] + processes[:first]:
            answer = process.ask("run", seconds=seconds / TURNS)
            if answer is not None:
                times[process.name] += answer["times"]
                memory[process.name] = answer["memory"]
    return {name: {**statistics(all_times, rows), "memory": memory.get(name)} for name, all_times in times.items() if all_times}


def compare(path, engines, batches, threads, device, seconds, inputs=None, length=32, pythons=None):
    """{"engines": [{name, error, load_seconds, versions}], "batches": [{rows, engines: {name: statistics and difference}}]}."""
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w") as log:
        processes = [Process(name, log, (pythons or {}).get(name)) for name in engines]
        try:
            facts = []
            for process in processes:
                started = process.ask("start", threads=threads, device=device) or {}
                loaded = process.ask("load", path=str(path)) or {}
                facts.append({"name": process.title, "load_seconds": loaded.get("seconds"), "versions": started.get("versions", {})})
            file = Path(folder) / "inputs.npz"
            if inputs is None:
                described = processes[0].ask("specs")
                if described is None:
                    raise ValueError(f"{processes[0].title} does not load the model: {processes[0].error}")
                np.savez(file, **made_inputs(described["specs"], length))
            else:
                file = Path(inputs).resolve()
            all_rows = [_at_batch(processes, file, rows, seconds, Path(folder)) for rows in batches]
            for fact, process in zip(facts, processes):
                fact["error"] = process.error
            return {"engines": facts, "batches": all_rows}
        finally:
            for process in processes:
                process.close()


def _at_batch(processes, file, rows, seconds, folder):
    reference, differences = None, {}
    for process in processes:
        result = folder / "results.npz"
        if process.ask("take", file=str(file), rows=rows) is None or process.ask("answer", file=str(result)) is None:
            continue
        with np.load(result) as stored:
            found = {name: stored[name] for name in stored.files}
        reference = reference or found
        differences[process.title] = largest_difference(found, reference)
    running = [process for process in processes if process.error is None]
    times = measured(running, rows, seconds)
    return {
        "rows": rows,
        "engines": {process.title: {**times[process.name], "difference": differences[process.title]} for process in running if process.name in times},
    }
