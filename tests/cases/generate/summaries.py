"""What `model.summary()` shows: models whose table is hard to get right, and the tables themselves.

    generate.py --summaries [--only REGEX] [--keras 2|3]

reads committed cases with the oracles of the two ends, as load_model does by default (compiled), and writes their tables, 80
columns wide, into tests/data/keras/summary_<case>.txt.
"""

import json
import os
import re

import numpy as np

from generate import files
from generate.building import KERAS, Input, L, Model, compute, keras
from generate.oracle import fresh

# Cases of other families whose tables are kept too.
SHOWN = r"""^(summary_.*|doc_example|lstm_encoder_decoder|mha_(cross|padded_causal)|bidirectional_states|add_multiply_ranks|
dense_free_length|int8_dense|mask_mean|normalization_adapted|ops_slices|policy_of_each_layer|rnn_(bare_cell|stacked_cells_state)|
dot_attention_scores|string_lookup_embedding|text_classify|topology_(compiled|frozen_.*|nested_.*|shared_layer|several|
dictionaries|unnamed_sequential|fixed_batch))_k[23](_h5|_json|_folder|_deflated)?$"""


def long_names():
    """Names that are longer than their column, with and without a place to break, and many operands."""
    x = Input((4,), name="an_input_whose_name_is_longer_than_its_column_is_wide")
    plain = L.Dense(4, name="a_name_that_runs_far_beyond_the_end_of_the_column_whatever_the_width")(x)
    words = L.Dense(4, name="a name of words" if KERAS == 3 else "a_name.of-words")(x)
    foreign = L.LayerNormalization(name="Überlänge_größer_als_die_Spalte" if KERAS == 3 else "norm")(words)
    short = L.MultiHeadAttention(1, 2, name="attention_over_steps")(
        L.Reshape((2, 2), name="as_steps")(plain), L.Reshape((2, 2), name="r")(foreign)
    )
    joined = L.Concatenate(name="joined_of_everything")([plain, words, foreign, L.Flatten(name="f")(short), x])
    return Model(x, [L.Dense(2, name="y")(joined), joined], name="a_model_with_a_name_of_its_own")


def free_extents():
    """None in several places, an output that is used twice, states that are layers' inputs."""
    image, sequence = Input((None, None, 3), name="image"), Input((None, 4), name="sequence")
    seen = L.GlobalAveragePooling2D()(L.Conv2D(5, 3, padding="same", activation="relu")(image))
    steps, h, c = L.LSTM(5, return_sequences=True, return_state=True, name="encoder")(sequence)
    again = L.LSTM(5, name="decoder")(steps, initial_state=[L.Add()([h, seen]), c])
    return Model([image, sequence], [L.TimeDistributed(L.Dense(3), name="each")(steps), again])


def stack():
    """A Sequential of wrappers and models, partly frozen."""
    frozen = keras.Sequential([Input((6,)), L.Dense(6), L.BatchNormalization()], name="frozen")
    frozen.trainable = False
    return keras.Sequential(
        [
            Input((5, 3)),
            L.Bidirectional(L.LSTM(3, return_sequences=True), name="both_directions_of_a_sequence"),
            L.TimeDistributed(frozen, name="frozen_for_each"),
            L.RNN([L.GRUCell(4), L.LSTMCell(3)]),
            L.Dropout(0.5),
            L.Dense(2, name="y"),
        ],
        name="stack",
    )


def optimizers():
    """Name of the case, and the optimizer: Keras 3 counts the variables that it makes for it."""
    o = keras.optimizers
    schedule = o.schedules.ExponentialDecay(0.1, 10, 0.9)
    yield "sgd", lambda: o.SGD(0.1)
    yield "momentum", lambda: o.SGD(0.1, momentum=0.9)
    yield "schedule", lambda: o.Adam(schedule)
    yield "amsgrad", lambda: o.Adam(amsgrad=True)
    yield "rmsprop", lambda: o.RMSprop(momentum=0.5, centered=True)
    yield "nadam", lambda: o.Nadam(use_ema=True)
    yield "adafactor", lambda: o.Adafactor()
    yield "accumulated", lambda: o.Lion(gradient_accumulation_steps=2)
    yield "scaled", lambda: o.LossScaleOptimizer(o.Adagrad())


def compiled(make_optimizer, policy="float32", steps=1):
    def build():
        policy_now = compute(policy)
        layers = [L.Dense(4, activation="relu", dtype=policy_now), L.BatchNormalization(dtype=policy_now)]
        keras.mixed_precision.set_global_policy(policy_now)
        model = keras.Sequential([Input((3,)), *layers, L.Dense(5, name="y", dtype=policy_now)])
        model.compile(optimizer=make_optimizer(), loss=keras.losses.MeanSquaredError(), metrics=["mae"])
        for _ in range(steps):
            model.train_on_batch(np.ones((2, 3), "float32"), np.ones((2, 5), "float32"))
        return model

    return build


def cases(add):
    both = ("keras", "h5")
    add("summary_long_names", long_names)
    add("summary_free_extents", free_extents)
    add("summary_stack", stack, formats=both)
    for name, make in optimizers():
        add(f"summary_optimizer_{name}", compiled(make), keras=(3,), formats=("deflated",), float64=False)
    add("summary_optimizer_adam", compiled(lambda: "adam", steps=0), formats=(*both, "json"), float64=False)
    add(
        "summary_optimizer_mixed",
        compiled(lambda: "adam", "mixed_float16"),
        keras=(3,),
        formats=("deflated",),
        float64=False,
        coarse=True,
    )


def load(folder, facts):
    if "weights" in facts:
        return files.load_again(folder, facts)
    return keras.models.load_model(str(folder / facts["model"]))


def table_of(model):
    """Keras 3 asks the terminal for its width; it ends the last line, Keras 2 each of them."""
    os.environ["COLUMNS"] = "80"
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines).rstrip("\n") + "\n"


def record(root, into, pattern):
    """Writes one file a case and returns the number of those that Keras could not read."""
    failed = 0
    for folder in sorted(root.iterdir()):
        name, facts = folder.name, folder / "case.json"
        shown = f"_k{KERAS}" in name and re.match(SHOWN, name, re.VERBOSE) and pattern.search(name)
        if not shown or not facts.exists():
            continue
        facts = json.loads(facts.read_text())
        try:
            table = table_of(fresh(lambda folder=root / name, facts=facts: load(folder, facts)))
        except Exception as error:
            print(f"FAILED: {name}: {type(error).__name__}: {' '.join(str(error).split())[:150]}")
            failed += 1
            continue
        (into / f"summary_{name}.txt").write_text(table, encoding="utf-8")
    return failed
