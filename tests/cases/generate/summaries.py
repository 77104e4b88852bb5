"""What `model.summary()` shows: models whose table is hard to get right, and the tables themselves.

    generate.py --summaries [--only REGEX] [--keras 2|3]

reads committed cases with the oracles of the two ends, as load_model does by default (compiled), and writes their tables, 80
columns wide, into tests/data/keras/summary_<case>.txt.
"""

import json
import os
import re

import numpy as np

from generate import cells, files  # cells: registers its classes
from generate.building import KERAS, Input, L, Model, compute, keras
from generate.oracle import fresh, tf

# Cases of other families whose tables are recorded too.
SHOWN = r"""^(summary_.*|doc_example|lstm_encoder_decoder|mha_(cross|mask|padded_causal|scores)|bidirectional_(states|two_directions)|activations|add_multiply_ranks|
dense_free_length|int8_dense|mask_mean|normalization_adapted|ops_slices|policy_of_each_layer|rnn_(bare_cell|stacked_cells_state)|
dot_attention_scores|gqa_scores|conv_lstm_wrapped|hashing_encodings|random_crop|string_lookup_embedding|text_(classify|count|tf_idf|whole)|topology_(added_loss|compiled|frozen_.*|nested_.*|shared_layer|several|
dictionaries|unnamed_sequential|fixed_batch))_k[23](_h5|_json|_folder|_deflated)?$|^rnn_custom_layer_(k2_h5|k3|k3_h5)$"""


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


def forgotten_halves():
    """glu halves the last axis; no layer of Keras 3 reports that to the next one."""
    x = Input((6, 4), name="x")
    steps = L.TimeDistributed(L.Dense(8, activation="glu"), name="each")(x)
    inner = keras.Sequential([Input((6, 4)), L.Conv1D(6, 3, activation="glu"), L.Flatten()], name="inner")
    halves = L.EinsumDense("abc,cd->abd", output_shape=(None, 8), activation="glu", name="einsum")(x)
    relu = L.Activation("relu", name="behind")(L.Activation("glu", name="glu")(steps))
    return Model(x, [L.Concatenate(name="joined")([L.Flatten()(relu), inner(x)]), L.Add()([steps, halves])])


def two_directions():
    """Different classes and units: Keras 3 assumes that both directions have those of the forward one."""
    x = Input((6, 3), name="x")

    def both(forward, backward, name, **merge):
        return L.Bidirectional(forward, backward_layer=backward, name=name, **merge)(x)

    long = both(
        L.LSTM(4, return_sequences=True), L.GRU(5, go_backwards=True, return_sequences=True), "sequences"
    )
    apart = both(L.GRU(2), L.SimpleRNN(3, go_backwards=True), "apart", merge_mode=None)
    last = both(L.SimpleRNN(3), L.LSTM(2, go_backwards=True), "last")
    states = both(L.GRU(2, return_state=True), L.GRU(4, go_backwards=True, return_state=True), "states")
    mean = L.GlobalAveragePooling1D(name="mean")(L.Activation("tanh")(long))
    return Model(x, [mean, *apart, last, *states])


def long_scores():
    """Scores of a query over a longer value, and the layers after them."""
    q, v, grid = Input((3, 4), name="q"), Input((5, 4), name="v"), Input((2, 3, 4), name="grid")
    y, scores = L.MultiHeadAttention(2, 3, name="longer")(q, v, return_attention_scores=True)
    z, wide = L.MultiHeadAttention(1, 2, name="over_a_grid")(grid, grid, return_attention_scores=True)
    return Model([q, v, grid], [y, z, L.Activation("relu", name="behind")(scores), wide])


def texts():
    """The results of TextVectorization in every mode, and a layer after counted words."""
    x, three = Input((1,), dtype="string", name="x"), Input((3,), dtype="string", name="three")
    words = ["red", "green", "blue"]
    outputs = [
        L.Dense(2, name="y")(L.TextVectorization(vocabulary=words, output_mode="multi_hot", name="hot")(x)),
        L.TextVectorization(vocabulary=words, output_mode="count", split=None, name="whole")(three),
        L.TextVectorization(
            vocabulary=words, output_mode="tf_idf", idf_weights=[0.5, 2.0, 1.0], split="character", name="letters"
        )(x),
        L.TextVectorization(vocabulary=words, output_mode="count", ngrams=2, name="pairs")(x),
        L.TextVectorization(vocabulary=words, split=None, name="ids")(three),
        L.TextVectorization(vocabulary=words, output_sequence_length=4, split=None, name="four")(three),
        L.TextVectorization(
            vocabulary=words, output_mode="multi_hot", max_tokens=9, pad_to_max_tokens=True, name="padded"
        )(x),
    ]
    return Model([x, three], outputs)


def text_feed(random):
    return [
        random.choice(np.array(["red green", "blue", "red red", "", "unseen"]), (4, 1)),
        random.choice(np.array(["red", "green", "blue", "", "unseen"]), (4, 3)),
    ]


def keywords():
    """Tensors passed by keyword; the mask comes first, though it was made last."""
    q, v, k = Input((3, 4), name="q"), Input((5, 4), name="v"), Input((5, 2), name="k")
    mask = Input((3, 5), dtype="bool", name="mask")
    h, c = Input((4,), name="h"), Input((4,), name="c")
    y = L.MultiHeadAttention(1, 2, name="attention")(
        query=q, value=L.Dense(4, name="of_value")(v), key=k, attention_mask=mask
    )
    if KERAS == 2:  # the first argument has no name there
        return Model([q, v, k, mask, h, c], L.LSTM(4, name="y")(y, initial_state=[h, c]))
    y = L.LSTM(4, name="y")(initial_state=[h, c], sequences=L.Dense(4, name="of_steps")(inputs=y))
    return Model([q, v, k, mask, h, c], y)


def keywords_feed(random):
    shapes = ((3, 3, 4), (3, 5, 4), (3, 5, 2), (3, 3, 5), (3, 4), (3, 4))
    arrays = [random.normal(0, 1, shape).astype("float32") for shape in shapes]
    arrays[3] = arrays[3] > -1
    arrays[3][:, :, 0] = True
    return arrays


def with_losses():
    """Keras 2 keeps the layers of added losses and metrics, on which no output depends."""
    x = Input((3,), name="x")
    hidden = L.Dense(4, activation="tanh", name="hidden")(x)
    model = Model(x, L.Dense(2, name="y")(hidden))
    aside = L.Dense(1, name="aside")(hidden)
    model.add_loss(tf.reduce_mean(tf.square(aside)))
    model.add_metric(tf.reduce_sum(aside, axis=-1), name="sum", aggregation="mean")
    return model


register = keras.saving.register_keras_serializable if KERAS == 3 else keras.utils.register_keras_serializable


@register("Shop")
class Slow(keras.optimizers.Optimizer):
    """A custom optimizer with two variables for each of the model's."""

    def __init__(self, learning_rate=0.1, **arguments):
        super().__init__(learning_rate=learning_rate, **arguments)

    def build(self, variables):
        super().build(variables)
        self.slots = [self.add_variable_from_reference(v, name=n) for v in variables for n in "ab"]

    def update_step(self, gradient, variable, learning_rate):
        self.assign_sub(variable, gradient * keras.ops.cast(learning_rate, variable.dtype))


def muon():
    """Muon trains vectors, embeddings and excluded layers with AdamW, which takes one more variable for each."""
    x = Input((5,), dtype="int32", name="ids")
    y = L.Embedding(7, 4, name="table")(x)
    y = L.Bidirectional(L.LSTM(3, return_sequences=True, name="steps"), name="both")(y)
    y = L.TimeDistributed(L.Dense(4, name="inside"), name="outside")(y)
    y = L.MultiHeadAttention(2, 3, name="heads")(y, y)
    y = L.Dense(3, name="spared")(L.RNN(L.GRUCell(4, name="cell"), name="around")(y))
    model = Model(x, L.Dense(2, name="y")(y))
    words = ["spared", "inside", "outside", "heads/key", "cell/rec", "both"]
    model.compile(optimizer=keras.optimizers.Muon(0.1, exclude_layers=words), loss="mse")
    return model


def optimizers():
    """The name of the case, and the optimizer: Keras 3 counts the variables that it creates for it."""
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
    yield "custom", lambda: Slow()
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
    add("summary_two_directions", two_directions)
    add("summary_long_scores", long_scores)
    add("summary_texts", texts, feed=text_feed)
    add("summary_keywords", keywords, feed=keywords_feed, formats=both)
    if KERAS == 2:
        add("summary_losses", with_losses, formats=both)
    else:
        add("summary_forgotten_halves", forgotten_halves, formats=both)
        add("summary_optimizer_muon", muon, formats=("deflated",), float64=False)
        add("summary_optimizer_custom", compiled(Slow), formats=("h5",), float64=False)
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
    """Keras 3 asks the terminal for its width; it ends only the last line with a line feed, Keras 2 each of them."""
    os.environ["COLUMNS"] = "80"
    lines = []
    model.summary(print_fn=lambda line, **_: lines.append(line))
    return "\n".join(lines).rstrip("\n") + "\n"


def record(root, into, pattern):
    """Writes one file per case and returns the number of those that Keras could not read."""
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
