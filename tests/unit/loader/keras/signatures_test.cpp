// No argument is ignored: for every layer, each parameter of Keras's call() and each key of its config is used, checked or
// refused. make_signatures.py recorded the parameters of real Keras 2.15 and 3.15.
#include "loader/layers/common/signatures.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "build_graph.h"
#include "host/graph/graph.h"
#include "loader/keras/keras_model.h"
#include "loader/layers/table.h"

namespace keraunos::loader {
namespace {

using files::Json;

Json recorded(const std::string& keras) {
  std::ifstream file(fixture("signatures_" + keras + ".json"));
  std::stringstream text;
  text << file.rdbuf();
  return Json::parse(text.str(), "signatures");
}

const std::vector<std::string>& writers() {
  static const std::vector<std::string> both{"k2", "k3"};
  return both;
}

std::string version(const std::string& keras) { return keras == "k2" ? "2.15.0" : "3.15.1"; }

// A tensor in the notation of Keras 2's nodes.
Json tensor(const std::string& name, bool first) {
  Json leaf = Json::array();
  leaf.push_back(name), leaf.push_back(0), leaf.push_back(0);
  if (first) leaf.push_back(Json::object());
  return leaf;
}

Json input_layer(const std::string& name, const Json& shape, const std::string& dtype) {
  Json config = Json::object(), layer = Json::object();
  config.set("name", name).set("batch_input_shape", shape).set("dtype", dtype);
  layer.set("class_name", "InputLayer").set("name", name).set("config", config).set("inbound_nodes", Json::array());
  return layer;
}

std::string input_type(const std::string& class_name) {
  if (class_name == "StringLookup" || class_name == "TextVectorization") return "string";
  static const std::set<std::string> of_ids{"IntegerLookup", "Embedding", "ReversibleEmbedding", "CategoryEncoding"};
  return of_ids.contains(class_name) ? "int64" : "float32";
}

/// A model with only this layer. `row` states its arguments after the first input, or with it.
Json model_of(const Json& row, const Json& config) {
  Json layers = Json::array(), ports = Json::array(), first = Json::array(), keywords = Json::object(), rest = Json::array();
  const bool listed = row["keywords"].size() == 0;
  for (int64_t i = 0; i < row["inputs"].size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    layers.push_back(input_layer(name, row["inputs"].at(i), input_type(row["object"]["class_name"].as_string())));
    ports.push_back(tensor(name, false));
    if (i == 0 || listed)
      first.push_back(tensor(name, true));
    else
      rest.push_back(tensor(name, false));
  }
  if (!listed) {
    const std::string& keyword = row["keywords"].at(0).as_string();
    keywords.set(keyword, keyword == "states" ? rest : rest.at(0));
    Json leaf = tensor("x0", false);
    leaf.push_back(keywords);
    first = Json::array();
    first.push_back(leaf);
  }
  Json nodes = Json::array(), layer = row["object"], own = config, outputs = Json::array();
  nodes.push_back(first);
  own.set("name", "layer");
  layer.set("name", "layer").set("config", own).set("inbound_nodes", nodes);
  layers.push_back(layer);
  outputs.push_back(tensor("layer", false));
  Json whole = Json::object(), model = Json::object();
  whole.set("name", "model").set("layers", layers).set("input_layers", ports).set("output_layers", outputs);
  model.set("class_name", "Functional").set("config", whole);
  return model;
}

std::string text_of(const Tensor& tensor) {
  if (tensor.dtype() == DType::string) return "strings";
  const std::string_view bytes(static_cast<const char*>(tensor.data()), static_cast<size_t>(tensor.bytes()));
  return std::to_string(std::hash<std::string_view>{}(bytes));
}

/// The computation of the model as text; the message where it is refused.
std::string meaning_of(const Json& model, const std::string& keras) {
  try {
    const auto graph = graph_of(model.dump(), version(keras));
    fill_synthetic(*graph, 7);
    const KerasModel whole(graph, {});
    std::vector<TensorType> types;
    for (const TensorSpec& input : whole.inputs()) {
      std::vector<int64_t> sizes;
      for (const auto& extent : input.shape) sizes.push_back(extent.value_or(5));
      types.push_back({input.dtype, Dims(sizes)});
    }
    const host::Graph lowered = whole.lower(types, {});
    std::string text = host::to_string(lowered) + std::to_string(lowered.states.size());
    for (const host::ValueInfo& value : lowered.values) text += value.constant != nullptr ? text_of(*value.constant) : "";
    for (const host::Node& node : lowered.nodes) {
      if (const auto* call = std::get_if<host::Call>(&node.op)) text += call->kernel->parameters();
      if (const auto* attention = std::get_if<host::Attention>(&node.op)) text += std::to_string(attention->window.value_or(0));
    }
    return text;
  } catch (const Error& error) {
    return std::string("refused: ") + error.what();
  }
}

std::vector<Json> other_values(const Json& value) {
  if (value.is_bool()) return {Json(!value.as_bool())};
  if (value.is_int()) return {Json(value.as_int() + 1), Json(value.as_int() - 1), Json("nonsense")};
  if (value.is_double()) return {Json(value.as_double() + 0.25), Json("nonsense")};
  if (value.is_array()) {
    Json longer = value;
    longer.push_back(1);
    return {longer, Json("nonsense")};
  }
  return {Json("nonsense"), Json(2), Json(true), Json(0.5)};
}

/// Keys that may have any value, and the reason.
const std::map<std::string, std::string>& without_effect() {
  static const std::map<std::string, std::string> keys{
      {"name", "names nothing that is computed"},
      {"trainable", "of training alone; of BatchNormalization read where its call trains"},
      {"activity_regularizer", "a loss"},
      {"seed", "of training alone: what is random is refused"},
      {"rate", "read where the call trains"},
      {"stddev", "read where the call trains"},
      {"noise_shape", "of training alone"},
      {"dropout", "read where the call trains"},
      {"recurrent_dropout", "read where the call trains"},
      {"momentum", "of training alone"},
      {"renorm_clipping", "of training alone"},
      {"renorm_momentum", "of training alone"},
      {"renorm", "of training alone, where it is refused"},
      {"synchronized", "of training on several devices"},
      {"quantization_config", "read where the dtype policy is a quantised one"},
      {"return_state", "gives more results, which this model does not use"},
      {"power_iterations", "of training alone"},
      {"tie_weights", "read where the call reverses"},
      {"logit_soft_cap", "read where the call reverses"},
      {"reverse_dtype", "read where the call reverses"},
      {"num_bins", "read while the layer is adapted"},
      {"l1", "a loss"},
      {"l2", "a loss"},
      {"unit_forget_bias", "an initializer"},
      {"implementation", "how, not what"},
      {"unroll", "how, but for one quirk that zeroes_other_steps() reads"},
      {"zero_output_for_mask", "read where there is a mask"},
      {"use_cudnn", "how, not what"},
      {"flash_attention", "how, not what"},
      {"batch_input_shape", "the input's, which states it"},
      {"input_length", "the input's, which states it"},
      {"vocabulary_size", "the vocabulary states it"},
      {"max_tokens", "bounds the vocabulary while it is made; read with pad_to_max_tokens"},
      {"pad_to_max_tokens", "read where vectors are made"},
      {"idf_weights", "read by output_mode tf_idf"},
      {"has_input_vocabulary", "how the vocabulary was given"},
      {"vocabulary_dtype", "of the vocabulary, which the file holds"},
      {"oov_token", "read where words are given back (invert), and where the vocabulary lists it"},
      {"salt", "read where unknown words have several indices"},
      {"oov_method", "read where unknown words have several indices"},
      {"query_shape", "what the layer was built with"},
      {"key_shape", "what the layer was built with"},
      {"value_shape", "what the layer was built with"},
  };
  return keys;
}

// Layers that change images during training only: all their keys configure that.
bool augments(const std::string& class_name) {
  static const std::set<std::string> others{"AugMix", "CutMix",      "Equalization", "MaxNumBoundingBoxes",
                                            "MixUp",  "RandAugment", "Solarization"};
  return class_name.starts_with("Random") || others.contains(class_name);
}

bool of_variables(const std::string& key) {
  return key.ends_with("_initializer") || key.ends_with("_regularizer") || key.ends_with("_constraint");
}

TEST(Signatures, EveryKeyOfAConfigIsUsedOrCheckedOrRefused) {
  for (const std::string& keras : writers()) {
    const Json rows = recorded(keras);
    for (const auto& [class_name, row] : rows["layers"].members()) {
      const Json& config = row["object"]["config"];
      const std::string before = meaning_of(model_of(row, config), keras);
      EXPECT_FALSE(before.starts_with("refused: ")) << class_name << " " << before;
      for (const auto& [key, value] : config.members()) {
        const bool of_adapting = class_name == "Discretization" && key == "epsilon";  // like num_bins
        const bool of_noise = class_name.starts_with("SpatialDropout") && key == "data_format";
        const bool of_base = class_name.starts_with("DepthwiseConv") && key == "groups";  // Keras 2 ignores it
        if (of_variables(key) || of_adapting || of_noise || of_base || augments(class_name) || without_effect().contains(key))
          continue;
        const std::vector<Json> others = other_values(value);
        const bool matters = std::any_of(others.begin(), others.end(), [&, &key = key, &row = row](const Json& other) {
          Json changed = config;
          changed.set(key, other);
          return meaning_of(model_of(row, changed), keras) != before;
        });
        EXPECT_TRUE(matters) << keras << ": " << class_name << " ignores its config key \"" << key << "\", which is "
                             << value.dump();
      }
      Json unknown = config;
      unknown.set("a_key_of_tomorrow", 1);
      EXPECT_NE(meaning_of(model_of(row, unknown), keras).find("a_key_of_tomorrow"), std::string::npos) << class_name;
    }
  }
}

TEST(Signatures, EveryParameterOfACallIsKnown) {
  for (const std::string& keras : writers()) {
    const Json rows = recorded(keras);
    const Dialect dialect{keras == "k2" ? 2 : 3, 15, {}};
    for (const auto& [class_name, row] : rows["layers"].members()) {
      ASSERT_NE(find_layer(class_name), nullptr) << class_name;
      const auto known = call_parameters(class_name, dialect);
      std::vector<std::string> expected;
      for (int64_t i = 1; i < row["call"].size(); ++i) expected.push_back(row["call"].at(i).at(0).as_string());
      EXPECT_EQ(std::vector<std::string>(known.begin(), known.end()), expected) << keras << ": " << class_name;
    }
    for (const auto& [class_name, parameters] : rows["models"].members()) {
      if (parameters.size() == 0) continue;  // Model of Keras 3, whose subclasses define call()
      const auto known = model_call_parameters();
      ASSERT_EQ(static_cast<size_t>(parameters.size()), known.size() + 1) << class_name;
      for (size_t i = 0; i < known.size(); ++i) EXPECT_EQ(parameters.at(static_cast<int64_t>(i) + 1).at(0).as_string(), known[i]);
    }
  }
}

/// A value for the parameter that is not its default: the input where it is a mask or a key, otherwise true.
Json said_of(const std::string& parameter, const Json& row) {
  if (!parameter.ends_with("_mask") && parameter != "mask" && parameter != "key") return Json(true);
  if (parameter == "use_causal_mask") return Json(true);
  if (parameter != "mask" || row["inputs"].size() < 2) return tensor("x0", false);
  Json list = Json::array();
  list.push_back(tensor("x0", false)), list.push_back(tensor("x0", false));
  return list;
}

/// The same model with one more keyword in the call of its layer. Each tensor of the first argument repeats the keywords.
Json called_with(const Json& model, const std::string& parameter, const Json& said) {
  Json layers = Json::array(), node = Json::array(), nodes = Json::array();
  const Json& before = model["config"]["layers"];
  Json layer = before.at(before.size() - 1);
  for (const Json& leaf : layer["inbound_nodes"].at(0).items()) {
    Json keywords = leaf.at(3), changed = Json::array();
    keywords.set(parameter, said);
    for (int64_t part = 0; part < 3; ++part) changed.push_back(leaf.at(part));
    changed.push_back(keywords);
    node.push_back(changed);
  }
  nodes.push_back(node);
  layer.set("inbound_nodes", nodes);
  for (int64_t i = 0; i + 1 < before.size(); ++i) layers.push_back(before.at(i));
  layers.push_back(layer);
  Json config = model["config"], result = model;
  config.set("layers", layers);
  result.set("config", config);
  return result;
}

// `training` and the mask of BatchNormalization are tested with training. Scores are a second result, which this model does not
// use. query_mask of MultiHeadAttention: since 3.8 Keras replaces it by the mask of the query.
bool is_left_out(const Json& row, const std::string& class_name, const std::string& parameter) {
  const bool given = row["keywords"].size() > 0 && row["keywords"].at(0).as_string() == parameter;
  const bool scores = class_name.ends_with("Attention") && parameter == "return_attention_scores";
  return given || scores || parameter == "training" || (class_name == "BatchNormalization" && parameter == "mask") ||
         (class_name == "MultiHeadAttention" && parameter == "query_mask");
}

TEST(Signatures, EveryParameterOfACallIsUsedOrRefused) {
  for (const std::string& keras : writers()) {
    const Json rows = recorded(keras);
    for (const auto& [class_name, row] : rows["layers"].members()) {
      const Json model = model_of(row, row["object"]["config"]);
      const std::string before = meaning_of(model, keras);
      for (int64_t i = 1; i < row["call"].size(); ++i) {
        const std::string& parameter = row["call"].at(i).at(0).as_string();
        if (is_left_out(row, class_name, parameter)) continue;
        EXPECT_NE(meaning_of(called_with(model, parameter, said_of(parameter, row)), keras), before)
            << keras << ": " << class_name << " ignores its argument \"" << parameter << '"';
      }
      const std::string invented = "an_argument_of_tomorrow";
      EXPECT_NE(meaning_of(called_with(model, invented, Json(true)), keras).find(invented), std::string::npos) << class_name;
    }
  }
}

}  // namespace
}  // namespace keraunos::loader
