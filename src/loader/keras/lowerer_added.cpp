// The additions of a lowering for evaluate(): what layers add to the loss (activity_regularizer, AddLoss) and to the metrics
// (AddMetric).
#include <algorithm>
#include <numeric>

#include "loader/evaluate/regulariser.h"
#include "loader/keras/format_names.h"
#include "loader/keras/lowerer.h"

namespace keraunos::loader {
namespace {

Value total(Builder& b, Value x) {
  std::vector<int> axes(static_cast<size_t>(b.rank(x)));
  std::iota(axes.begin(), axes.end(), 0);
  return axes.empty() ? x : b.reduce(Reduction::sum, x, axes);
}

Value value_of(Builder& b, const Regulariser& regulariser, Value x) {
  if (b.dtype(x) != DType::float64) x = b.cast(x, DType::float32);
  Value sum;
  const auto add = [&](double factor, Function function) {
    if (factor == 0) return;
    const Value part = b.multiply(total(b, b.unary(function, x)), factor);
    sum = sum ? b.add(sum, part) : part;
  };
  add(regulariser.l1, Function::abs);
  add(regulariser.l2, Function::square);
  return sum;
}

}  // namespace

void Lowerer::add_to_scores(const LayerInstance& layer, const std::vector<Traced>& results) {
  const auto refuse = [&](const std::string& reason) { throw_refusals(model_.file, {{layer.path, layer.class_name, reason}}); };
  if (layer.class_name == kAddLoss || layer.class_name == kAddMetric) {
    if (graph_ != main_) refuse("adds a loss or a metric inside a loop, which evaluate() does not count");
    const files::Json* name = layer.config->is_object() ? layer.config->find("metric_name") : nullptr;
    const bool is_metric = layer.class_name == kAddMetric;
    const std::string shown = name != nullptr && name->is_string() ? name->as_string() : layer.name;
    for (const Traced& result : results) added_->push_back({&layer, is_metric ? shown : std::string(), result.value});
    return;
  }
  bool is_known = true;
  const auto regulariser = activity_regulariser(layer.class_name, layer.config.get(), is_known);
  if (!is_known) refuse("has an activity_regularizer that evaluate() does not know");
  if (!regulariser) return;
  if (graph_ != main_) refuse("has an activity_regularizer inside a loop, which evaluate() does not count");
  // Layers such as MultiHeadAttention hand the regulariser on to the layers inside; recurrent ones do not hand it on to cells.
  const bool has_layers = std::any_of(layer.children.begin(), layer.children.end(),
                                      [](const SharedLayer& child) { return child->def == nullptr || !child->def->states; });
  if (has_layers && is_built_in(layer))
    refuse("has an activity_regularizer for layers inside it, which evaluate() does not count");
  Builder builder(*graph_);
  for (const Traced& result : results) {
    if (!is_floating(builder.dtype(result.value))) continue;
    Value value = value_of(builder, *regulariser, result.value);
    // Keras 2, and Keras 3 from 3.14 on, divide by the rows of the result.
    const bool by_rows = model_.dialect.major < 3 || !model_.dialect.before(3, 14);
    if (by_rows && builder.rank(result.value) > 0)
      value = builder.multiply(value, 1 / std::max(1.0, static_cast<double>(builder.dim(result.value, 0).size)));
    added_->push_back({&layer, {}, value});
  }
}

}  // namespace keraunos::loader
