// Keras adds the regularisers of all weights to the loss, also in evaluate().
#include <algorithm>
#include <cmath>
#include <set>

#include "keraunos/error.h"
#include "loader/evaluate/array.h"
#include "loader/evaluate/regulariser.h"
#include "loader/evaluate/scoring.h"

namespace keraunos::loader {
namespace {

using files::Json;

constexpr std::string_view kSuffix = "_regularizer";

[[noreturn]] void refuse(const LayerGraph& graph, const LayerInstance& layer, const std::string& reason) {
  throw UnsupportedError(graph.file + ": " + layer.described() + ' ' + reason + "; predict() works, evaluate() does not",
                         {{layer.path, layer.class_name, reason}});
}

Array rows_of_matrix(const Tensor& tensor) {
  const TensorView view = tensor;
  return Array::rows_of(TensorView(view.data, view.dtype, Dims{view.dims.elements()}), 0, view.dims.elements());
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
      if (!key.ends_with(kSuffix) || json.is_null() || key == "activity_regularizer") continue;
      keys.emplace_back(key, &json);
    }
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
