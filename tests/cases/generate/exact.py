"""What float64 gives beside the recorded float32 outputs: tests/data/exact/k2.npz and k3.npz, and why a case has none.

A case is built again with the same weights in float64, as the recorder does to measure noise, and answers the recorded inputs.
Each float32 output is written as its distance from float64, one byte an element: `deltas * scales / 127` is added to the
recorded output. `scales` is Keras's own largest error, so the steps are a 254th of it.
"""

import collections
import gc
import json

import numpy as np

from generate import files, oracle, synthetic, weights
from generate.recorder import Options, Recorder

LARGEST = 127
RESIZING = {"Resize", "Resizing", "UpSampling2D", "RandomCrop"}


def arrays(path):
    with np.load(path) as archive:
        return {key: archive[key] for key in archive.files}


def has_16_bits(array):
    """bfloat16 is recorded as float32."""
    whole = not array.size or not np.isfinite(array).all() or (array == np.round(array)).all()
    return not whole and not (array.view("uint32") & 0xFFFF).any()


def no_truth(classes, output, scale):
    """Why what float64 gave is no measure for this output, or None."""
    if has_16_bits(output):
        return "an output is of 16 bits"
    if not scale and RESIZING & set(classes) and not (output == np.round(output)).all():
        return "TensorFlow resizes images in float32 alone"
    return None


def readable(inputs):
    return {key: np.char.decode(a, "utf-8") if a.dtype.kind == "S" else a for key, a in inputs.items()}


class Exact(Recorder):
    """`add` takes what the families say, and reads the case's folder instead of writing it."""

    def __init__(self, root, pattern, version, per_class):
        """`per_class`: a case is left out where each of its classes has so many others; 0: none is."""
        super().__init__(root, pattern, version)
        self.per_class, self.of_class = per_class, collections.Counter()
        gc.freeze()  # or each clear_session() looks through all of TensorFlow
        self.names, self.sizes, self.scales, self.deltas, self.reasons = [], [], [], [], {}

    def add(self, name, build, *, formats=("keras",), **arguments):
        """The first format alone: the others hold the same numbers."""
        super().add(name, build, formats=formats[:1], **arguments)

    def attempt(self, case, name, build, form, arguments):
        facts = json.loads((self.root / case / "case.json").read_text()) if (self.root / case).is_dir() else None
        if facts is None or "expect_error" in facts:
            return
        options = Options(**{key: arguments[key] for key in arguments if hasattr(Options, key)})
        outputs = arrays(self.root / case / facts["outputs"])
        if not any(a.dtype == np.float32 and a.size for a in outputs.values()):
            self.reasons[case] = "no float32 output"
        elif not options.float64:
            self.reasons[case] = "its types are fixed: quantised weights, 16-bit types, or arguments that name a type"
        elif self.per_class and all(self.of_class[name] >= self.per_class for name in facts["classes"]):
            self.reasons[case] = f"each of its classes has {self.per_class} other cases"
        else:
            try:
                self.compare(case, name, build, form, options, facts, outputs)
            except Exception as error:
                self.reasons[case] = f"Keras cannot: {type(error).__name__}: {' '.join(str(error).split())[:100]}"

    def compare(self, case, name, build, form, options, facts, outputs):
        model = oracle.fresh(build)
        if form == "synthetic":
            synthetic.fill(model)
        elif options.fill:
            weights.randomise(model, name)
        if options.prepare is not None:
            options.prepare(model)
        inputs = readable(arrays(self.root / case / facts["inputs"]))
        exact = oracle.rerun_in_float64(build, model, inputs, options.xla, options.batches)
        noise = oracle.largest_difference(list(outputs.values()), exact)
        recorded = facts.get("oracle_noise_max_abs")
        if recorded is None or not np.isfinite(noise) or noise > 2 * recorded + 1e-30:
            self.reasons[case] = f"float64 is {noise:.1e} away, which is another model or not finite"
            return
        self.of_class.update(facts["classes"])
        for key, answer in zip(outputs, exact, strict=True):
            if outputs[key].dtype == np.float32 and outputs[key].size:
                self.keep(case, key, facts["classes"], outputs[key], answer)
        print(f"{case:44} {noise:.1e}", flush=True)

    def keep(self, case, key, classes, output, exact):
        delta = exact.astype("float64").ravel() - output.astype("float64").ravel()
        delta = np.where(np.isfinite(delta), delta, 0.0)
        scale = float(np.abs(delta).max())
        reason = no_truth(classes, output, scale)
        if reason is not None:
            self.reasons[case] = reason
            return
        steps = np.round(delta / scale * LARGEST) if scale else np.zeros(delta.shape)
        self.names.append(f"{case}/{key}".encode())
        self.sizes.append(delta.size)
        self.scales.append(scale)
        self.deltas.append(steps.astype("int8"))

    def write(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        files.write_npz(
            folder / f"{self.mark}.npz",
            {
                "names": np.array(self.names),
                "sizes": np.array(self.sizes, "int64"),
                "scales": np.array(self.scales, "float64"),
                "deltas": np.concatenate(self.deltas),
            },
        )
        kept = {name.decode().split("/")[0] for name in self.names}
        lines = [f"{case}: {reason}\n" for case, reason in sorted(self.reasons.items()) if case not in kept]
        (folder / f"without_{self.mark}.txt").write_text("".join(lines))
