"""`Recorder.add` makes one case a format: build, fill, save, read back, predict, measure the noise, write.

The model that answers is the one that Keras reads back from the file just written (never the one in memory), so that a
golden says what the file means. The two are compared; a model that Keras cannot read back says so in its notes.
"""

import re
import shutil
import time

import numpy as np

from generate import files, oracle, synthetic, weights
from generate.oracle import KERAS, ORACLE, WRITER

RTOL = 1e-4
SUFFIXES = {"keras": "", "h5": "_h5", "folder": "_folder", "deflated": "_deflated", "json": "_json", "json_v3": "_json_v3",
            "synthetic": ""}


class Recorder:
    def __init__(self, root, pattern):
        self.root, self.pattern, self.complaints, self.failures, self.written = root, pattern, [], [], set()

    def add(self, name, build, *, keras=(2, 3), formats=("keras",), **options):
        """Records the case once a format, for the versions of Keras that have what it needs."""
        if KERAS not in keras:
            return
        for form in formats:
            case = f"{name}_k{KERAS}{SUFFIXES[form]}"
            if self.pattern.search(case):
                self.attempt(case, name, build, form, **options)

    def remove_stale(self):
        """Folders of this version of Keras that no family makes any more."""
        for folder in self.root.glob(f"*_k{KERAS}*"):
            if re.search(rf"_k{KERAS}(_(h5|folder|deflated|json|json_v3))?$", folder.name) and folder.name not in self.written:
                shutil.rmtree(folder)

    def attempt(self, case, name, build, form, **options):
        """One broken case does not hide the others; it leaves no folder, and the run fails at its end."""
        self.written.add(case)
        try:
            self.record(case, name, build, form, **options)
        except Exception as error:
            shutil.rmtree(self.root / case, ignore_errors=True)
            self.failures.append(f"{case}: {type(error).__name__}: {' '.join(str(error).split())[:400]}")

    def record(self, case, name, build, form, *, rows=3, feed=None, xla=False, float64=True, calls=1, fill=True, same_rows=False, coarse=False,
               expect_error=None, prepare=None, notes="", **facts):
        """`feed(random)` gives the inputs (default: normal ones); `prepare(model)` runs after the weights are filled."""
        begin, folder = time.time(), self.root / case
        files.empty_folder(folder)
        model = oracle.fresh(build)
        if form == "synthetic":
            synthetic.fill(model)
        elif fill:
            weights.randomise(model, name)
        if prepare is not None:
            prepare(model)
        saved = files.SAVERS[form](model, folder)
        facts = {**saved, "oracle": ORACLE, "writer": WRITER, "seed": weights.seed_of(name),
                 "classes": files.layer_classes(model), **facts}
        if notes:
            facts["notes"] = notes
        if expect_error is not None:
            files.write_case(folder, {**facts, "expect_error": expect_error})
        else:
            self.answer(folder, facts, name, build, model, saved, rows, feed, xla, float64, calls, same_rows, coarse, begin)

    def answer(self, folder, facts, name, build, model, saved, rows, feed, xla, float64, calls, same_rows, coarse, begin):
        names, batches = oracle.output_names(model), [make_inputs(model, f"{name} {i}", rows, feed) for i in range(calls)]
        answering = self.read_back(folder, facts, model, saved, batches[0], xla, calls)
        answers = [oracle.predict(answering, batch, xla) for batch in batches]
        noise, source = measure_noise(build if float64 else None, model, answering, batches[0], answers[0], xla, calls)
        self.check(folder.name, names, answers[0], same_rows)
        if noise is not None and noise > (0.02 if coarse else 1e-4) * largest_of(answers[0]):
            self.complaints.append(f"{folder.name}: noise {noise:.1e} is large")
        for i, (batch, answer) in enumerate(zip(batches, answers)):
            end = "" if i == 0 else f"_{i}"
            files.write_npz(folder / f"inputs{end}.npz", batch)
            files.write_npz(folder / f"outputs{end}.npz", dict(zip(names, answer, strict=True)))
        if calls > 1:
            facts["calls"] = [{"inputs": f"inputs{e}.npz", "outputs": f"outputs{e}.npz"}
                              for e in [""] + [f"_{i}" for i in range(1, calls)]]
        facts = {"inputs": "inputs.npz", "outputs": "outputs.npz", "rtol": RTOL, "atol": tolerance(answers[0], noise),
                 "oracle_noise_max_abs": noise, "oracle_noise_from": source, **facts}
        files.write_case(folder, facts)
        report(folder, noise, source, answers[0], begin)

    def read_back(self, folder, facts, model, saved, inputs, xla, calls):
        try:
            answering = files.load_again(folder, saved)
        except Exception as error:
            self.complaints.append(f"{folder.name}: Keras cannot read its own file: {str(error).splitlines()[0][:150]}")
            facts["notes"] = (facts.get("notes", "") + " Keras itself cannot read this file back; the model in memory answered.").strip()
            return model
        if calls == 1:
            worst = oracle.largest_difference(oracle.predict(model, inputs, xla), oracle.predict(answering, inputs, xla))
            if worst > 1e-5:
                self.complaints.append(f"{folder.name}: read back, Keras differs from itself by {worst}")
        return answering

    def check(self, case, names, outputs, same_rows):
        for name, array in zip(names, outputs):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                self.complaints.append(f"{case}: output {name} is not finite")
            if not same_rows and array.ndim and len(array) > 1 and array[0].size and (array == array[:1]).all():
                self.complaints.append(f"{case}: output {name} is the same for every row")
            if array.dtype.kind == "f" and array.size > 3 and (array == 0).mean() > 0.9:
                self.complaints.append(f"{case}: output {name} is mostly zero")


def make_inputs(model, name, rows, feed):
    random, specs = weights.random_of("inputs of " + name), oracle.input_specs(model)
    if feed is not None:
        values = feed(random)
        values = values if isinstance(values, list) else [values]
        return {spec[0]: np.asarray(v) for spec, v in zip(specs, values, strict=True)}
    result = {}
    for key, shape, dtype in specs:
        shape = [d if d is not None else rows if i == 0 else 5 for i, d in enumerate(shape)]
        result[key] = weights.random_input(random, shape, dtype)
    return result


def measure_noise(build, model, answering, inputs, outputs, xla, calls):
    if not any(a.dtype.kind == "f" for a in outputs):
        return 0.0, "no floating-point output"
    if build is not None:
        return oracle.largest_difference(outputs, oracle.rerun_in_float64(build, model, inputs, xla)), "float64 rerun"
    if calls > 1 or not any(a.dtype.kind == "f" for a in inputs.values()):
        return None, "unknown"
    moved = [oracle.predict(answering, oracle.moved_by_one_ulp(inputs, d), xla) for d in (-np.inf, np.inf)]
    return max(oracle.largest_difference(outputs, other) for other in moved), "inputs moved by one unit in the last place"


def tolerance(outputs, noise):
    if not any(a.dtype.kind == "f" for a in outputs):
        return 0
    return 1e-5 if noise is None else max(1e-6, 4 * noise)


def largest_of(outputs):
    return max((float(np.abs(a.astype("float64")).max()) for a in outputs if a.size and a.dtype.kind in "iuf"), default=0.0)


def report(folder, noise, source, outputs, begin):
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    print(f"{folder.name:42} noise {noise if noise is None else format(noise, '.1e')} of {largest_of(outputs):.3g}"
          f"  {size / 1024:.0f} KB  {time.time() - begin:.1f} s", flush=True)
