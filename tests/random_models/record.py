"""Makes one case a seed: the model that Keras wrote, inputs, what it predicts in float32 (outputs.npz) and in float64 (exact.npz).

The folder is a recorded case as tests/cases describes it, so `keraunos verify` replays it too.
"""

import gc
import json
import random

import numpy as np

from generate import files, oracle, weights
from generate.oracle import KERAS, ORACLE, keras
from random_models import model

STATES = 3  # calls of a stateful model


def written(seed, choices, made, folder):
    """Saves in a random format, drawn independently of the model so that a new format changes no model."""
    forms = ["keras", "keras", "deflated", "h5", "json"] + (["json_v3"] if KERAS == 2 else ["folder"])
    if KERAS == 3 and choices.operators:
        forms.remove("h5")  # Keras writes nodes into it without the module that tells an operation from a layer
    return files.SAVERS[random.Random(f"format {seed}").choice(forms)](made, folder)


def answering_model(seed, made, saved, folder):
    """(the model that predicts, why Keras cannot read it). Reading takes as long as everything else, so only one seed in four
    does it."""
    if seed % 4:
        return made, None
    try:
        return files.load_again(folder, saved), None
    except Exception as error:
        return made, f"Keras cannot read its own file: {' '.join(str(error).split())[:200]}"


def predict(answering, batch, choices):
    if choices.cut:
        return oracle.predict_in_batches(answering, batch, choices.cut)
    return oracle.predict(answering, batch, choices.xla)


def exact_answers(seed, made, batches, choices, answers):
    """(what float64 gives, why there is none). TensorFlow has some operations in float32 alone: then Keras is the measure."""
    try:
        return twin_answers(seed, made, batches, choices), None
    except Exception as error:
        oracle.fresh(lambda: None)
        return answers, f"{type(error).__name__}: {' '.join(str(error).split())[:160]}"


def twin_answers(seed, made, batches, choices):
    twin, _ = oracle.fresh(lambda: model.build(seed), "float64")
    weights.copy_weights(made, twin)
    wide = [{k: a.astype("float64") if a.dtype.kind == "f" else a for k, a in b.items()} for b in batches]
    answers = [predict(twin, batch, choices) for batch in wide]
    oracle.fresh(lambda: None)
    return answers


def moved_answers(answering, batch, choices):
    """The predictions for inputs moved by one unit in the last place, which reveal chaotic models."""
    return [predict(answering, oracle.moved_by_one_ulp(batch, to), choices) for to in (-np.inf, np.inf)]


def difference(a, b):
    """The largest difference relative to the largest number of the output; values that are not finite in both are ignored."""
    a, b = a.astype("float64"), b.astype("float64")
    both = np.isfinite(a) & np.isfinite(b)
    if not both.any():
        return 0.0
    return float(np.abs(a - b)[both].max() / max(np.abs(a[both]).max(), 1e-30))


def record(seed, folder):
    files.empty_folder(folder)
    made, choices = oracle.fresh(lambda: model.build(seed))
    weights.randomise(made, f"random model {seed}")
    batches = []
    for call in range(STATES if choices.stateful else 1):
        draw = weights.random_of(f"random inputs {seed} {call}")
        batches.append({key: np.asarray(feed(draw)) for key, feed in choices.feeds.items()})
    saved = written(seed, choices, made, folder)
    answering, note = answering_model(seed, made, saved, folder)
    names, xla = oracle.output_names(made), choices.xla
    answers = [predict(answering, batch, choices) for batch in batches]
    exact, inexact = exact_answers(seed, made, batches, choices, answers)
    moved = [] if choices.stateful or xla else moved_answers(answering, batches[0], choices)  # XLA takes seconds to compile each
    calls = []
    for i, batch in enumerate(batches):
        end = f"_{i}" if i else ""
        files.write_npz(folder / f"inputs{end}.npz", batch)
        files.write_npz(folder / f"outputs{end}.npz", dict(zip(names, answers[i], strict=True)))
        files.write_npz(folder / f"exact{end}.npz", dict(zip(names, exact[i], strict=True)))
        calls.append({"inputs": f"inputs{end}.npz", "outputs": f"outputs{end}.npz"})
    noise = max(oracle.largest_difference(a, e) for a, e in zip(answers, exact))
    facts = {
        **calls[0],
        "calls": calls,
        **saved,
        "rtol": 1e-4,
        "atol": max(2e-6, 4 * noise),
        "oracle": ORACLE,
        "seed": seed,
        "classes": files.layer_classes(made),
        "policy": [layer.dtype_policy.name for layer in made.layers][-1],
        "sensitivity": [max([0.0, *(difference(a, other[i]) for other in moved)]) for i, a in enumerate(answers[0])],
        "rejected": choices.rejected,
        **({"notes": note} if note else {}),
        **({"inexact": inexact} if inexact else {}),
    }
    if len(calls) == 1:
        del facts["calls"]
    if choices.fixed_batch or choices.cut:
        facts["batch_size"] = choices.cut or choices.batch
    files.write_case(folder, facts)


def record_all(seeds, root):
    gc.freeze()  # otherwise each clear_session() scans all objects of TensorFlow
    for seed in seeds:
        folder = root / f"k{KERAS}_{seed}"
        if (folder / "case.json").exists():
            continue
        try:
            record(seed, folder)
        except Exception as error:  # an error of Keras while it saves or predicts: there is no model to compare with
            reason = f"{type(error).__name__}: {str(error)[:600]}"
            (folder / "skipped.json").write_text(json.dumps({"seed": seed, "error": reason}))
        keras.backend.clear_session()
