// Keras adds the regularisers of all weights to the loss, also in evaluate().
#include <algorithm>
#include <cmath>
#include <set>

#include "keraunos/error.h"
#include "loader/evaluate/array.h"
#include "loader/evaluate/compiled.h"
#include "loader/evaluate/scoring.h"

namespace keraunos::loader {
namespace {

using files::Json;

constexpr std::string_view kSuffix = "_regularizer";

double number(const Json* config, std::string_view key, double otherwise) {
  const Json* value = config != nullptr && config->is_object() ? config->find(key) : nullptr;
  return value != nullptr && value->is_number() ? value->as_double() : otherwise;
}

[[noreturn]] void refuse(const LayerGraph& graph, const LayerInstance& layer, const std::string& reason) {
  throw UnsupportedError(graph.file + ": " + layer.described() + ' ' + reason + "; predict() works, evaluate() does not",
                         {{layer.path, layer.class_name, reason}});
}

Array rows_of_matrix(const Tensor& tensor) {
  const TensorView view = tensor;
  return Array::rows_of(TensorView(view.data, view.dtype, Dims{view.dims.elements()}), 0, view.dims.elements());
}

struct Regulariser {
  double l1 = 0, l2 = 0, orthogonal = 0;
  bool by_rows = true;
};

std::optional<Regulariser> regulariser_in(const Json& json) {
  if (json.is_object() && json.find("class_name") == nullptr && json.find("l1") != nullptr)  // of Keras 1
    return Regulariser{.l1 = number(&json, "l1", 0), .l2 = number(&json, "l2", 0)};
  const auto object = object_in(json);
  if (!object || object->is_custom) return std::nullopt;
  const std::string& name = object->name;
  constexpr double kDefault = 0.01;
  if (name == "L1" || name == "l1") return Regulariser{.l1 = number(object->config, "l1", number(object->config, "l", kDefault))};
  if (name == "L2" || name == "l2") return Regulariser{.l2 = number(object->config, "l2", number(object->config, "l", kDefault))};
  const bool text = object->is_text;
  if (name == "L1L2" || name == "l1_l2" || name == "WeightRegularizer") {
    return Regulariser{.l1 = number(object->config, "l1", text ? kDefault : 0),
                       .l2 = number(object->config, "l2", text ? kDefault : 0)};
  }
  if (name == "OrthogonalRegularizer" || name == "orthogonal_regularizer") {
    const Json* mode = object->config != nullptr ? object->config->find("mode") : nullptr;
    const bool columns = mode != nullptr && mode->is_string() && mode->as_string() == "columns";
    return Regulariser{.orthogonal = number(object->config, "factor", kDefault), .by_rows = !columns};
  }
  return std::nullopt;
}

// The mean absolute cosine between different rows, or columns.
double orthogonality(const Array& matrix, int64_t rows, int64_t columns, bool by_rows) {
  const int64_t count = by_rows ? rows : columns, length = by_rows ? columns : rows;
  const auto at = [&](int64_t line, int64_t i) {
    return matrix.at[static_cast<size_t>(by_rows ? line * columns + i : i * columns + line)];
  };
  const auto product = [&](int64_t a, int64_t b) {
    double sum = 0;
    for (int64_t i = 0; i < length; ++i) sum += at(a, i) * at(b, i);
    return sum;
  };
  double sum = 0;
  for (int64_t a = 0; a < count; ++a) {
    for (int64_t b = 0; b < a; ++b)
      sum += std::abs(product(a, b)) / std::sqrt(std::max(product(a, a), 1e-12) * std::max(product(b, b), 1e-12));
  }
  const double pairs = static_cast<double>(count) * static_cast<double>(count - 1) / 2;
  return pairs > 0 ? sum / pairs : 0;
}

double value_of(const Regulariser& r, const Tensor& weight) {
  const Array values = rows_of_matrix(weight);
  double l1 = 0, l2 = 0;
  for (const double x : values.at) l1 += std::abs(x), l2 += x * x;
  double sum = r.l1 * l1 + r.l2 * l2;
  if (r.orthogonal != 0 && weight.dims().rank() == 2)
    sum += r.orthogonal * orthogonality(values, weight.dims()[0], weight.dims()[1], r.by_rows);
  return sum;
}

// "kernel" for kernel_regularizer, "recurrent_kernel" for recurrent_regularizer; in Keras 1 W, U and b.
bool is_of(const std::string& weight, const std::string& key) {
  if (key == "W_regularizer") return weight == "kernel" || weight == "embeddings";
  if (key == "U_regularizer") return weight == "recurrent_kernel";
  if (key == "b_regularizer") return weight == "bias";
  const std::string stem = key.substr(0, key.size() - kSuffix.size());
  return weight == stem || weight == stem + "_kernel" || weight == stem + 's';
}

using Keys = std::vector<std::pair<std::string, const Json*>>;

class Summed {
 public:
  explicit Summed(const LayerGraph& graph) : graph_(graph) {}

  double of(const LayerInstance& layer, const Keys& inherited = {}) {
    if (!seen_.insert(&layer).second) return 0;
    if (layer.class_name == "AddLoss") refuse(graph_, layer, "adds a loss, which is not counted yet");
    if (layer.class_name == "AddMetric") refuse(graph_, layer, "adds a metric, which is not counted yet");
    Keys own;
    for (const auto& [key, json] : inherited) {
      if (layer.config == nullptr || !layer.config->is_object() || layer.config->find(key) == nullptr)
        own.emplace_back(key, json);
    }
    read(layer, own);
    double sum = 0;
    for (const auto& [key, json] : own) {
      for (const WeightInfo& weight : layer.weights) {
        if (is_of(weight.name, key)) sum += of_weight(layer, weight, *json), met_.insert(json);
      }
    }
    for (const SharedLayer& child : layer.children) sum += of(*child, layer.network != nullptr ? Keys{} : own);
    for (const auto& [key, json] : own) {
      const bool inherits = std::find(inherited.begin(), inherited.end(), std::pair(key, json)) != inherited.end();
      const bool may_lack_it =
          key.starts_with("bias") || key.starts_with("b_") || key.starts_with("beta") || key.starts_with("gamma");
      if (!inherits && !may_lack_it && !met_.contains(json)) refuse(graph_, layer, "has a " + key + " whose weight is not known");
    }
    return sum;
  }

 private:
  void read(const LayerInstance& layer, Keys& keys) const {
    if (layer.config == nullptr || !layer.config->is_object() || layer.network != nullptr) return;
    for (const auto& [key, json] : layer.config->members()) {
      if (!key.ends_with(kSuffix) || json.is_null()) continue;
      if (key == "activity_regularizer") {
        const auto known = regulariser_in(json);
        if (known && known->l1 == 0 && known->l2 == 0 && known->orthogonal == 0) continue;
        refuse(graph_, layer, "has an activity_regularizer, which is not counted yet");
      }
      keys.emplace_back(key, &json);
    }
    if (layer.class_name == "ActivityRegularization") refuse(graph_, layer, "adds a loss, which is not counted yet");
  }

  double of_weight(const LayerInstance& layer, const WeightInfo& weight, const Json& json) const {
    const auto regulariser = regulariser_in(json);
    if (!regulariser) refuse(graph_, layer, "has a regularizer of \"" + weight.name + "\" that is none of Keras's own");
    if (graph_.dialect.major > 2 && (!weight.trainable || !layer.trainable)) return 0;  // Keras 3 uses only trainable weights
    return weight.tensor != nullptr ? value_of(*regulariser, *weight.tensor) : 0;
  }

  const LayerGraph& graph_;
  std::set<const LayerInstance*> seen_;
  std::set<const Json*> met_;  // regularisers whose weight was found
};

}  // namespace

double regularisation_of(const LayerGraph& graph) { return Summed(graph).of(*graph.root); }

}  // namespace keraunos::loader
