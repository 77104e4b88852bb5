// Code shared by KerasHub's layers and models. KerasNLP is its earlier name, which older files use.
#pragma once

#include <string>
#include <vector>

#include "keraunos/layer.h"
#include "loader/layers/common/functional_form.h"

namespace keraunos::loader {

/// A class's names in files: "keras_hub>BertBackbone", "keras_nlp>BertBackbone".
std::vector<std::string> hub_names(std::initializer_list<const char*> classes);

/// A layer that `owner` keeps as an attribute ("_feedforward_layer_norm"); its name is the attribute's without the first '_'.
ChildName hub_part(const Config& owner, std::string_view class_name, const std::string& attribute, Members config);
ChildName hub_layer_norm(const Config& owner, const std::string& attribute, double epsilon);

/// Calls a part with x only; `width` is used where a Dense's config leaves its units open.
Value call_part(Lowering& l, std::string_view part, Value x);
Value call_part(Lowering& l, std::string_view part, Value x, Dim width);
/// x (…, features) through an EinsumDense: (…, heads, size).
Value split_heads(Lowering& l, std::string_view part, Value x, int64_t heads, int64_t size);

/// An argument that holds an integer, a list of them, a tensor.
Arg integer_argument(int64_t value);
Arg integers_argument(std::initializer_list<int64_t> values);
Arg tensor_argument(Value value);
/// The only tensor of the keyword (or of the argument at that position); absent where the call has none.
Traced tensor_argument_of(Lowering& l, size_t position, std::string_view name);

/// The result of merge_padding_and_attention_mask() for x's own mask, a padding mask (N, S) and an attention mask (N, T, S):
/// int32 (N, 1 or T, S), or absent.
Value merged_masks(Lowering& l, const Traced& x, Value padding, Value attention);

/// The argument start_index; 0 where the call has none.
int64_t start_index(Lowering& l);
/// start, start + 1, … as float32 (steps).
Value hub_steps(Lowering& l, int64_t steps, int64_t start);

/// ALiBi: for a power of two of heads the slopes are a geometric series; other numbers also use every second slope of the next
/// power.
std::vector<double> alibi_slopes(int64_t heads, double most);
/// The bias of each head's scores, (1, heads, 1, steps).
Value alibi_bias(Lowering& l, int64_t heads, int64_t steps, double most);
/// x / sqrt(mean(x²) + epsilon) · scale over the last axis.
Value hub_rms_normalised(Lowering& l, Value x, Value scale, double epsilon);

/// The softmax of scores along the last axis, over elements where `seen` (boolean, broadcast) is true. Where none is: zeros since
/// Keras 3.10 (with zero_masked), equal weights before.
Value hub_masked_weights(Lowering& l, Value scores, Value seen, bool zero_masked);
Value hub_masked_weights(Lowering& l, Value scores, Value seen);

/// The ReversibleEmbedding "token_embedding" of a model.
files::Json hub_token_embedding(const Config& owner, files::Json ids, files::Json width, files::Json tied = true,
                                files::Json masks = false);
/// The same with vocabulary_size ids and hidden_dim features.
files::Json hub_token_embedding(const Config& model);

/// num_layers of a model and similar counts.
int64_t hub_count(const Config& config, std::string_view key);
/// `name` and the index of a layer: "transformer_layer_3".
std::string hub_numbered(std::string_view name, int64_t index);
/// The inputs of a text model, by name, as a node's argument.
files::Json text_inputs(FunctionalForm& form, std::initializer_list<const char*> names);

/// A layer that only other layers of KerasHub create: "keras_hub>part>" and the name.
LayerDef hub_part_layer(const char* name, std::set<std::string> keys, std::function<std::vector<ChildName>(const Config&)> parts,
                        std::function<std::vector<Traced>(Lowering&)> lower);

/// A class of models that is expanded to a Functional.
LayerDef hub_model(std::initializer_list<const char*> classes, std::set<std::string> keys,
                   std::function<files::Json(const Config&)> functional);

}  // namespace keraunos::loader
