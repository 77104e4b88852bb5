"""SavedModel folders, Keras 2's default from TensorFlow 2.0 on, and checkpoints: cases of other families in these formats.

The functions that TensorFlow traces fill most of such a folder and are not read where its layers are; most cases have none.
Those of IN_BOTH_WAYS have the function of a signature, those of WITH_FUNCTIONS all: tests/unit/calls/both_ways_test.cpp.
"""

import importlib

CHOSEN = """
    batch_norm_rank4 bidirectional_states bidirectional_two_directions conv2d_free_size discretization doc_example embedding gru_masked
    layer_norm_rank4 lstm_encoder_decoder lstm_return_state mask_mean mha mixed_float16_classifier normalization_adapted rnn_cells
    rnn_stacked_cells simple_rnn_masked stateful_lstm string_lookup string_lookup_embedding string_lookup_inverse text_classify
    text_given text_ngrams text_tf_idf time_distributed time_distributed_model topology_added_loss topology_compiled
    topology_dictionaries topology_frozen_parts topology_nested_deep topology_nested_in_sequential topology_nested_twice
    topology_several topology_shared_layer topology_single_list topology_strange_names topology_subclass topology_unnamed_sequential
    zero_padding2d
""".split()
WITH_FUNCTIONS = ["doc_example", "string_lookup"]
IN_BOTH_WAYS = """
    batch_norm_rank4 conv2d_free_size discretization embedding layer_norm_rank4 lstm_return_state mask_mean mha
    mixed_float16_classifier normalization_adapted text_ngrams text_tf_idf time_distributed topology_dictionaries
    topology_nested_deep topology_several zero_padding2d
""".split()
AS_CHECKPOINT = ["doc_example", "lstm_encoder_decoder", "topology_nested_twice"]
FAMILIES = (
    "attention convolution core examples normalization operations precisions preprocessing recurrent text topologies".split()
)


def cases(add):
    met = set()

    def chosen(name, build, **arguments):
        if name not in CHOSEN or name in met or 2 not in arguments.pop("keras", (2, 3)):
            return
        met.add(name)
        arguments.pop("formats", None)
        add(name, build, keras=(2,), formats=("tf",), **arguments)
        if name in WITH_FUNCTIONS:
            add(name, build, keras=(2,), formats=("tf_traced",), **arguments)
        if name in IN_BOTH_WAYS:
            add(name, build, keras=(2,), formats=("tf_both",), **arguments)
        if name in AS_CHECKPOINT:
            add(name, build, keras=(2,), formats=("checkpoint",), **arguments)

    for family in FAMILIES:
        importlib.import_module(f"generate.{family}").cases(chosen)
