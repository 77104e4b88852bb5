"""`Recorder.add` makes one case per format: build, fill, save, read back, predict, measure the noise, write. The outputs are
those of the model that Keras reads back from the file (never of the one in memory), so that a golden case records the meaning
of the file. The two are compared; if Keras cannot read the file, `notes` of the case says so."""

import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from generate import files, oracle, synthetic, weights
from generate.oracle import KERAS, ORACLE, WRITER

RTOL = 1e-4
SUFFIXES = {"keras": "", "synthetic": ""}  # other formats are called by their own names


@dataclass
class Options:
    rows: int = 3
    feed: Callable | None = (
        None  # feed(random) gives the inputs; without it they are normal or small integers
    )
    prepare: Callable | None = None  # prepare(model) runs after the weights are filled
    fill: bool = True  # False: the weights come from the builder, e.g. from adapt()
    xla: bool = False  # compile the oracle: TensorFlow lacks channels-first kernels on the CPU
    float64: bool = True  # measure noise by a float64 twin
    calls: int = 1  # more than one: a stateful model
    batches: int | None = None  # rows predicted at a time, as in model.predict (32 by default)
    same_rows: bool = False  # outputs that are equal for all rows are intended
    coarse: bool = False  # 16-bit types: large noise is expected
    targets: Callable | None = None  # targets(random, rows) gives arrays by output for model.evaluate
    sample_weight: Callable | None = None  # the same for its weights; under "all" for every output
    evaluate_batch_size: int = 2


@dataclass
class Recording:
    """The data of one case while it is made."""

    folder: object
    seed_name: str
    build: Callable
    options: Options
    facts: dict
    saved: dict
    model: object


class Recorder:
    def __init__(self, root, pattern, version):
        """`version` ends the names of the cases: "2", "3", or "3.12" for a release between 2.15 and 3.15, "3-extensions" or
        "hub" for layers of other libraries."""
        self.root, self.pattern = root, pattern
        self.mark = "k" + re.sub("[.-]", "_", version) if version[0].isdigit() else version
        self.complaints, self.failures, self.written = [], [], set()

    def add(self, name, build, *, keras=(2, 3), formats=("keras",), **arguments):
        """Records the case once per format, for the versions of Keras that have the features it needs."""
        if KERAS not in keras:
            return
        for form in formats:
            case = f"{name}_{self.mark}{SUFFIXES.get(form, '_' + form)}"
            if self.pattern.search(case):
                self.attempt(case, name, build, form, arguments)

    def attempt(self, case, name, build, form, arguments):
        """A failing case does not stop the others; it leaves no folder, and the run fails at its end."""
        self.written.add(case)
        begin = time.time()
        try:
            self.record(case, name, build, form, dict(arguments))
            print(f"{case:44} {time.time() - begin:5.1f} s", flush=True)
        except Exception as error:
            shutil.rmtree(self.root / case, ignore_errors=True)
            self.failures.append(f"{case}: {type(error).__name__}: {' '.join(str(error).split())[:400]}")

    def record(self, case, name, build, form, arguments):
        """Arguments that are not options are written to case.json unchanged."""
        options = Options(**{key: arguments.pop(key) for key in list(arguments) if hasattr(Options, key)})
        folder = self.root / case
        files.empty_folder(folder)
        model = oracle.fresh(build)
        if form == "synthetic":
            synthetic.fill(model)
        elif options.fill:
            weights.randomise(model, name)
        if options.prepare is not None:
            options.prepare(model)
        saved = files.SAVERS[form](model, folder)
        facts = {
            **saved,
            "oracle": ORACLE,
            "writer": WRITER,
            "seed": weights.seed_of(name),
            "classes": files.layer_classes(model),
            **arguments,
        }
        if "expect_error" not in facts:
            facts = self.answer(Recording(folder, name, build, options, facts, saved, model))
        files.write_case(folder, facts)

    def answer(self, recording):
        """Predicts, writes the arrays, and returns all facts of the case."""
        options, folder = recording.options, recording.folder
        names = oracle.output_names(recording.model)
        batches = [make_inputs(recording, i) for i in range(options.calls)]
        answering = self.read_back(recording, batches[0])
        answers = [self.predict(answering, batch, options) for batch in batches]
        noise, source = measure_noise(recording, answering, batches[0], answers[0])
        self.check(recording, names, answers[0], noise)
        ends = [""] + [f"_{i}" for i in range(1, options.calls)]
        for end, batch, answer in zip(ends, batches, answers, strict=True):
            files.write_npz(folder / f"inputs{end}.npz", batch)
            files.write_npz(folder / f"outputs{end}.npz", dict(zip(names, answer, strict=True)))
        calls = [{"inputs": f"inputs{end}.npz", "outputs": f"outputs{end}.npz"} for end in ends]
        return {
            **calls[0],
            "rtol": RTOL,
            "atol": tolerance(answers[0], noise),
            "oracle_noise_max_abs": noise,
            "oracle_noise_from": source,
            **recording.facts,
            **({"calls": calls} if options.calls > 1 else {}),
            **(self.evaluate(recording, batches[0]) if options.targets else {}),
        }

    def evaluate(self, recording, inputs):
        """The results of the compiled model's model.evaluate, in its order."""
        folder, options = recording.folder, recording.options
        random = weights.random_of(f"targets of {recording.seed_name}")
        rows = len(next(iter(inputs.values())))
        targets = options.targets(random, rows)
        given = options.sample_weight(random, rows) if options.sample_weight else {}
        scores = oracle.evaluate(folder / recording.saved["model"], inputs, targets, given, options.evaluate_batch_size)
        files.write_npz(folder / "y.npz", targets)
        if given:
            files.write_npz(folder / "sample_weight.npz", given)
        return {
            "y": "y.npz",
            **({"sample_weight": "sample_weight.npz"} if given else {}),
            "evaluate_batch_size": options.evaluate_batch_size,
            "evaluate_in_order": True,
            "evaluate": scores,
        }

    def read_back(self, recording, inputs):
        case, facts, options = recording.folder.name, recording.facts, recording.options
        try:
            answering = files.load_again(recording.folder, recording.saved, facts.get("safe_mode", True))
        except Exception as error:
            reason = str(error).splitlines()[0][:150]
            self.complaints.append(f"{case}: Keras cannot read its own file: {reason}")
            note = "Keras itself cannot read this file back; the model in memory answered."
            facts["notes"] = " ".join(text for text in (facts.get("notes"), note) if text)
            return recording.model
        if options.calls == 1:
            before, after = (self.predict(model, inputs, options) for model in (recording.model, answering))
            worst = oracle.largest_difference(before, after)
            if worst > 1e-5:
                self.complaints.append(f"{case}: read back, Keras differs from itself by {worst}")
        return answering

    def predict(self, model, inputs, options):
        if options.batches:
            return oracle.predict_in_batches(model, inputs, options.batches)
        return oracle.predict(model, inputs, options.xla)

    def check(self, recording, names, outputs, noise):
        """Reports numbers with which a faulty engine would pass."""
        case, options = recording.folder.name, recording.options
        for name, array in zip(names, outputs, strict=True):
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                self.complaints.append(f"{case}: output {name} is not finite")
            several = array.ndim and len(array) > 1 and array[0].size
            if several and not options.same_rows and (array == array[:1]).all():
                self.complaints.append(f"{case}: output {name} is the same for every row")
            if array.dtype.kind == "f" and array.size > 3 and (array == 0).mean() > 0.9:
                self.complaints.append(f"{case}: output {name} is mostly zero")
        if noise is not None and noise > (0.02 if options.coarse else 1e-4) * largest_of(outputs):
            self.complaints.append(f"{case}: noise {noise:.1e} is large")

    def remove_stale(self):
        """Folders of this version of Keras that no family makes any more."""
        ours = re.compile(rf"_{self.mark}(_({'|'.join(files.SAVERS)}))?$")
        for folder in self.root.iterdir():
            if ours.search(folder.name) and folder.name not in self.written:
                shutil.rmtree(folder)


def make_inputs(recording, call):
    random = weights.random_of(f"inputs of {recording.seed_name} {call}")
    specs, options = oracle.input_specs(recording.model), recording.options
    if options.feed is not None:
        values = options.feed(random)
        values = values if isinstance(values, list) else [values]
        return {spec[0]: np.asarray(v) for spec, v in zip(specs, values, strict=True)}
    result = {}
    for key, shape, dtype in specs:
        sizes = [d if d is not None else options.rows if i == 0 else 5 for i, d in enumerate(shape)]
        result[key] = weights.random_input(random, sizes, dtype)
    return result


def measure_noise(recording, answering, inputs, outputs):
    """(largest difference, how it was measured), as described in oracle.py."""
    options = recording.options
    if not any(a.dtype.kind == "f" for a in outputs):
        return 0.0, "no floating-point output"
    if options.float64:
        twin = oracle.rerun_in_float64(recording.build, recording.model, inputs, options.xla, options.batches)
        return oracle.largest_difference(outputs, twin), "float64 rerun"
    if options.calls > 1 or not any(a.dtype.kind == "f" for a in inputs.values()):
        return None, "unknown"
    moved = [
        oracle.predict(answering, oracle.moved_by_one_ulp(inputs, to), options.xla)
        for to in (-np.inf, np.inf)
    ]
    noise = max(oracle.largest_difference(outputs, other) for other in moved)
    if not np.isfinite(noise):
        return None, "outputs that are not finite"
    return noise, "inputs moved by one unit in the last place"


def tolerance(outputs, noise):
    if not any(a.dtype.kind == "f" for a in outputs):
        return 0
    return 1e-5 if noise is None else max(1e-6, 4 * noise)


def largest_of(outputs):
    numbers = [a.astype("float64") for a in outputs if a.size and a.dtype.kind in "iuf"]
    return max((float(np.abs(a).max()) for a in numbers), default=0.0)
