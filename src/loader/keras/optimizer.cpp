// The variables of an optimizer, which Keras 3 counts in summary(). It makes them anew whenever it loads a compiled model, whether
// the file holds their values or not; so they follow from the optimizer's config and the trainable variables. (Keras 3.15 over
// TensorFlow, where a counter has 8 bytes; a loaded model has the policy of the process, so that no mixed one scales the loss.)
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

// How many variables a class keeps beside each trainable one; none for a class that is not Keras's.
std::optional<int64_t> slots_of(const std::string& name, const Json& config) {
  constexpr std::array kTwo{"Adam", "AdamW", "Adamax", "Adadelta", "Nadam", "Ftrl", "Lamb", "ScheduleFreeAdamW"};
  if (std::find(kTwo.begin(), kTwo.end(), name) != kTwo.end()) return is_set(config, "amsgrad") ? 3 : 2;
  if (name == "SGD") return is_set(config, "momentum") ? 1 : 0;
  if (name == "RMSprop") return 1 + (is_set(config, "momentum") ? 1 : 0) + (is_set(config, "centered") ? 1 : 0);
  if (name == "Adagrad" || name == "Lion" || name == "Adafactor") return 1;
  return std::nullopt;
}

// Adafactor keeps sums over rows and over columns of each matrix, and two unused counters beside each vector.
SummaryTotals factors_of(const std::vector<const Tensor*>& variables) {
  SummaryTotals totals;
  for (const Tensor* variable : variables) {
    const Dims& dims = variable->dims();
    if (dims.rank() < 2) {
      add(totals, {2, 8});
      continue;
    }
    const int64_t rows = dims[dims.rank() - 2], columns = dims[dims.rank() - 1];
    if (rows * columns == 0) continue;
    const int64_t sums = dims.elements() / columns + dims.elements() / rows;
    add(totals, {sums, static_cast<double>(sums * size_of(variable->dtype()))});
  }
  return totals;
}

SummaryTotals totals_of(const std::vector<const Tensor*>& variables) {
  SummaryTotals totals;
  for (const Tensor* variable : variables) add(totals, {variable->dims().elements(), static_cast<double>(variable->bytes())});
  return totals;
}

std::optional<SummaryTotals> count(const Json& optimizer, const std::vector<const Tensor*>& variables) {
  const Json *name = optimizer.is_object() ? optimizer.find("class_name") : nullptr,
             *config = optimizer.is_object() ? optimizer.find("config") : nullptr;
  if (name == nullptr || !name->is_string() || config == nullptr || !config->is_object()) return std::nullopt;
  if (name->as_string() == "LossScaleOptimizer") {
    const Json* inner = config->find("inner_optimizer");
    std::optional<SummaryTotals> totals = inner == nullptr ? std::nullopt : count(*inner, variables);
    if (totals) add(*totals, {4, 24});  // the scale, how long it has lasted, and the two that every optimizer has
    return totals;
  }
  const std::optional<int64_t> slots = slots_of(name->as_string(), *config);
  if (!slots) return std::nullopt;
  SummaryTotals totals = kCounter;
  const Json* rate = config->find("learning_rate");
  if (rate != nullptr && rate->is_number()) add(totals, kScalar);  // a schedule is no variable
  if (name->as_string() == "Nadam") add(totals, kScalar);
  if (name->as_string() == "Adafactor") add(totals, factors_of(variables));
  add(totals, totals_of(variables), *slots + (is_set(*config, "use_ema") ? 1 : 0) + (is_set(*config, "gradient_accumulation_steps") ? 1 : 0));
  return totals;
}

}  // namespace

std::optional<SummaryTotals> optimizer_totals(const LayerGraph& graph, const std::vector<const Tensor*>& trainable) {
  if (!graph.optimizer || graph.dialect.major < 3) return std::nullopt;
  return count(*graph.optimizer->object, graph.optimizer->knows_variables ? trainable : std::vector<const Tensor*>{});
}

}  // namespace keraunos::loader
