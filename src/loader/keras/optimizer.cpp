// The variables of an optimizer, which Keras 3 counts in summary(). Keras creates them anew whenever it loads a compiled model,
// whether the file holds their values or not, so they follow from the optimizer's config and the trainable variables. (Keras 3.15
// with TensorFlow, where a counter has 8 bytes; a loaded model uses the process's dtype policy, so there is no loss scaling.)
#include <algorithm>
#include <array>

#include "loader/keras/summary_rows.h"

namespace keraunos::loader {
namespace {

using files::Json;

constexpr SummaryTotals kCounter{1, 8}, kScalar{1, 4};

void add(SummaryTotals& totals, const SummaryTotals& more, int64_t times = 1) {
  totals.parameters += times * more.parameters;
  totals.bytes += static_cast<double>(times) * more.bytes;
}

bool is_set(const Json& config, std::string_view key) {
  const Json* value = config.find(key);
  if (value == nullptr || value->is_null()) return false;
  return value->is_bool() ? value->as_bool() : !value->is_number() || value->as_double() != 0;
}

// The number of variables that a class keeps for each trainable one; absent for a class that is not Keras's.
std::optional<int64_t> slots_of(const std::string& name, const Json& config) {
  constexpr std::array kTwo{"Adam", "AdamW", "Adamax", "Adadelta", "Nadam", "Ftrl", "Lamb", "ScheduleFreeAdamW"};
  if (std::find(kTwo.begin(), kTwo.end(), name) != kTwo.end()) return is_set(config, "amsgrad") ? 3 : 2;
  if (name == "SGD") return is_set(config, "momentum") ? 1 : 0;
  if (name == "RMSprop") return 1 + (is_set(config, "momentum") ? 1 : 0) + (is_set(config, "centered") ? 1 : 0);
  if (name == "Adagrad" || name == "Lion" || name == "Adafactor" || name == "Muon") return 1;
  return std::nullopt;
}

// Adafactor keeps sums over rows and columns of each matrix, and two unused counters for each vector.
SummaryTotals factors_of(const std::vector<NamedVariable>& variables) {
  SummaryTotals totals;
  for (const auto& [path, tensor] : variables) {
    const Dims& dims = tensor->dims();
    if (dims.rank() < 2) {
      add(totals, {2, 8});
      continue;
    }
    const int64_t rows = dims[dims.rank() - 2], columns = dims[dims.rank() - 1];
    if (rows * columns == 0) continue;
    const int64_t sums = dims.elements() / columns + dims.elements() / rows;
    add(totals, {sums, static_cast<double>(sums * size_of(tensor->dtype()))});
  }
  return totals;
}

SummaryTotals totals_of(const NamedVariable& variable) {
  return {variable.tensor->dims().elements(), static_cast<double>(variable.tensor->bytes())};
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// The variables that Muon updates with AdamW, which needs an additional velocity: all but matrices, embeddings, and layers whose
// paths contain a word of exclude_layers. That list holds regular expressions: nullopt where one is more than a plain word.
std::optional<SummaryTotals> velocities_of(const Json& config, const std::vector<NamedVariable>& variables) {
  std::vector<std::string> words;
  if (const Json* excluded = config.find("exclude_layers"); excluded != nullptr && excluded->is_array()) {
    for (const Json& word : excluded->items()) {
      if (!word.is_string() || word.as_string().find_first_of(".^$*+?{}[]\\|()") != std::string::npos) return std::nullopt;
      words.push_back(word.as_string());
    }
  }
  const bool spares_embeddings = config.find("exclude_embeddings") == nullptr || is_set(config, "exclude_embeddings");
  SummaryTotals totals;
  for (const NamedVariable& variable : variables) {
    const auto is_in_path = [&](const std::string& word) { return variable.path.find(word) != std::string::npos; };
    const bool is_embedding = spares_embeddings && lower_case(variable.path).find("embedding") != std::string::npos;
    if (variable.tensor->dims().rank() != 2 || is_embedding || std::any_of(words.begin(), words.end(), is_in_path))
      add(totals, totals_of(variable));
  }
  return totals;
}

// A custom class has as many variables as it saved. If it saved only the two of every optimizer, it may not have been used yet,
// and their number is unknown; in HDF5 it has only those two.
std::optional<SummaryTotals> count_custom(const OptimizerFacts& facts, const Json& config) {
  if (facts.knows_variables)
    return facts.saved_variables > 2 ? std::optional(SummaryTotals{facts.saved_elements, facts.saved_bytes}) : std::nullopt;
  SummaryTotals totals = kCounter;
  if (const Json* rate = config.find("learning_rate"); rate != nullptr && rate->is_number()) add(totals, kScalar);
  return totals;
}

std::optional<SummaryTotals> count(const OptimizerFacts& facts, const Json& optimizer,
                                   const std::vector<NamedVariable>& variables) {
  const Json *name = optimizer.is_object() ? optimizer.find("class_name") : nullptr,
             *config = optimizer.is_object() ? optimizer.find("config") : nullptr;
  if (name == nullptr || !name->is_string() || config == nullptr || !config->is_object()) return std::nullopt;
  if (!is_keras_optimizer(optimizer)) return count_custom(facts, *config);
  if (name->as_string() == "LossScaleOptimizer") {
    const Json* inner = config->find("inner_optimizer");
    if (inner == nullptr || !inner->is_object() || !is_keras_optimizer(*inner)) return std::nullopt;
    std::optional<SummaryTotals> totals = count(facts, *inner, variables);
    if (totals) add(*totals, {4, 24});  // the loss scale, its counter, and the two variables of every optimizer
    return totals;
  }
  const std::optional<int64_t> slots = slots_of(name->as_string(), *config);
  if (!slots) return std::nullopt;
  SummaryTotals totals = kCounter;
  const Json* rate = config->find("learning_rate");
  if (rate != nullptr && rate->is_number()) add(totals, kScalar);  // a schedule is no variable
  if (name->as_string() == "Nadam") add(totals, kScalar);
  if (name->as_string() == "Adafactor") add(totals, factors_of(variables));
  if (name->as_string() == "Muon") {
    const auto velocities = velocities_of(*config, variables);
    if (!velocities) return std::nullopt;
    add(totals, *velocities);
  }
  const int64_t copies = (is_set(*config, "use_ema") ? 1 : 0) + (is_set(*config, "gradient_accumulation_steps") ? 1 : 0);
  add(totals, totals_of(variables), *slots + copies);
  return totals;
}

}  // namespace

bool is_keras_optimizer(const Json& optimizer) {
  for (const char* key : {"class_name", "registered_name"}) {
    const Json* name = optimizer.find(key);
    if (name != nullptr && name->is_string() && name->as_string().find('>') != std::string::npos) return false;
  }
  const Json* module = optimizer.find("module");
  return module == nullptr || (module->is_string() && module->as_string().starts_with("keras"));
}

std::optional<SummaryTotals> optimizer_totals(const LayerGraph& graph, const std::vector<NamedVariable>& trainable) {
  if (!graph.optimizer || graph.dialect.major < 3) return std::nullopt;
  const OptimizerFacts& facts = *graph.optimizer;
  return count(facts, *facts.object, facts.knows_variables ? trainable : std::vector<NamedVariable>{});
}

}  // namespace keraunos::loader
