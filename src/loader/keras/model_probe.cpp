// Tries a model at loading: finds sizes for None with which it lowers, and builds the message if there are none.
#include <algorithm>
#include <set>

#include "loader/keras/layer_info.h"
#include "loader/keras/lowered_model.h"
#include "loader/ops/checks_operands.h"

namespace keraunos::loader {

namespace {

std::vector<UnsupportedError::Item> common(const std::vector<UnsupportedError::Item>& some,
                                           const std::vector<UnsupportedError::Item>& others) {
  std::vector<UnsupportedError::Item> result;
  for (const UnsupportedError::Item& item : others) {
    const auto same = [&](const UnsupportedError::Item& other) {
      return other.layer == item.layer && other.reason == item.reason;
    };
    if (std::any_of(some.begin(), some.end(), same)) result.push_back(item);
  }
  return result;
}

std::vector<UnsupportedError::Item> joined(std::vector<UnsupportedError::Item> items,
                                           const std::vector<UnsupportedError::Item>& more) {
  for (const UnsupportedError::Item& item : more) {
    if (common(items, {item}).empty()) items.push_back(item);
  }
  return items;
}

// Adds the file's name, which errors of Dims and Graph lack.
std::string with_file(const std::string& file, const std::string& text) {
  return text.find(file) != std::string::npos ? text : file + ": " + text;
}

// The refusals, with None instead of the sizes used for it. Other differences from the second list depend on the sizes too.
std::vector<UnsupportedError::Item> without_sizes(std::vector<UnsupportedError::Item> items,
                                                  const std::vector<UnsupportedError::Item>& others) {
  for (UnsupportedError::Item& item : items) {
    for (const UnsupportedError::Item& other : others) {
      if (other.layer == item.layer) item.reason = without_probe_sizes(item.reason, other.reason).value_or(item.reason);
    }
  }
  return items;
}

// The result types of a data-dependent kernel for artificial data: zeros, or a few words.
std::vector<TensorType> types_of_results(const host::Graph& graph) {
  const std::vector<std::string> word{"a b c"};
  std::vector<Tensor> operands;
  std::vector<TensorView> views;
  for (Value value : graph.outputs) {
    const host::ValueInfo& info = graph.info(value);
    const Dims dims = host::dims_of(info.shape);
    if (info.constant != nullptr) {
      operands.push_back(info.constant->clone());
    } else if (info.dtype == DType::string) {
      operands.push_back(Tensor::strings(std::vector<std::string>(static_cast<size_t>(dims.elements()), word[0]), dims));
    } else {
      operands.emplace_back(info.dtype, dims);
      std::fill_n(static_cast<std::byte*>(operands.back().data()), operands.back().bytes(), std::byte{0});
    }
  }
  for (const Tensor& operand : operands) views.push_back(operand);
  if (const auto* checking = dynamic_cast<const ChecksOperands*>(graph.pending->kernel.get()))
    return checking->types_for_any(views);
  std::vector<TensorType> types;
  try {
    for (const Tensor& result : graph.pending->kernel->run_dynamic(views)) types.push_back({result.dtype(), result.dims()});
  } catch (const DataError& error) {
    throw ModelError("layer \"" + graph.pending->origin + "\": the result shapes of " + graph.pending->kernel->name() +
                     " are found at loading with zeros or the words \"a b c\", which it refuses: " + error.what());
  }
  return types;
}

}  // namespace

KerasModel::Lowered KerasModel::probed(const ProbeSizes& tried, std::vector<UnsupportedError::Item>& refusals,
                                       bool as_claimed) const {
  std::vector<TensorType> types;
  for (const TensorSpec& input : inputs_) {
    std::vector<int64_t> sizes;
    for (size_t axis = 0; axis < input.shape.size(); ++axis)
      sizes.push_back(input.shape[axis].value_or(axis == 0 ? tried.batch : tried.extent));
    types.push_back({input.dtype, Dims(sizes)});
  }
  std::vector<std::vector<TensorType>> known;
  for (;;) {
    Lowered result = lowered(types, known, &refusals, as_claimed);
    if (!result.graph.pending) return result;
    std::vector<TensorType> types_now = types_of_results(result.graph);
    if (result.graph.pending->replaces) known.resize(*result.graph.pending->replaces);
    known.push_back(std::move(types_now));
  }
}

// Shapes that do not fit are a result of the attempt; any other exception is passed on.
KerasModel::Attempt KerasModel::attempt(const ProbeSizes& sizes) const {
  Attempt result;
  try {
    Lowered lowered = probed(sizes, result.refusals);
    if (result.refusals.empty()) result.lowered = std::move(lowered);
  } catch (const UnsupportedError& error) {
    result.refusals.insert(result.refusals.end(), error.items.begin(), error.items.end());
  } catch (const WeightMismatch& error) {
    result.error = error.what();
    result.of_weight = true;
  } catch (const ModelError& error) {
    result.error = error.what();
  } catch (const UsageError& error) {
    result.error = error.what();
  }
  return result;
}

// A model that accepts one batch size fails with a weight mismatch for that size, and with shape errors for all others.
// Mismatches that differ depend on the sizes.
std::optional<std::string> KerasModel::only_mismatch(const std::vector<Attempt>& failed) {
  std::set<std::string> errors;
  for (const Attempt& attempt : failed) {
    if (attempt.of_weight) errors.insert(attempt.error);
  }
  return errors.size() == 1 ? std::optional(*errors.begin()) : std::nullopt;
}

// An error or refusal that is the same with other sizes is the model's; one that depends on the sizes is the probe's: a model
// loads when any sizes fit it, and calls with other sizes are refused individually.
void KerasModel::probe() {
  const bool refused = !refusals_in(*graph_->root).empty();  // also in calls that lowering does not reach
  std::vector<Attempt> failed;
  bool lasts = false;
  const auto fits = [&](const std::vector<ProbeSizes>& all) {
    for (size_t i = 0; i < all.size() && !lasts; ++i) {
      Attempt now = attempt(all[i]);
      if (now.lowered) {
        probe_sizes_ = all[i];
        if (!refused) describe(*now.lowered);
        return true;
      }
      if (!failed.empty()) {
        const Attempt& before = failed.back();
        lasts = !common(before.refusals, now.refusals).empty() ||
                (before.refusals.empty() && now.refusals.empty() && before.error == now.error);
      }
      failed.push_back(std::move(now));
    }
    return false;
  };
  if (fits(usual_probe_sizes(inputs_))) {
    if (refused) throw_refusals(graph_->file, refusals_in(*graph_->root));
    return;
  }
  const size_t usual = failed.size();
  if (!lasts && !refused && fits(further_probe_sizes(*graph_, inputs_))) return;
  if (const auto mismatch = only_mismatch(failed)) throw ModelError(with_file(graph_->file, *mismatch));
  const size_t last = (lasts ? failed.size() : usual) - 1;
  fail(failed[last], failed[last > 0 ? last - 1 : last], lasts);
}

void KerasModel::fail(const Attempt& one, const Attempt& other, bool lasts) const {
  const std::vector<UnsupportedError::Item> refusals =
      lasts ? common(other.refusals, one.refusals) : without_sizes(one.refusals, other.refusals);
  const std::vector<UnsupportedError::Item> all = joined(refusals_in(*graph_->root), refusals);
  if (!all.empty()) throw_refusals(graph_->file, all);
  const std::string& error = one.error.empty() ? other.error : one.error;
  throw ModelError(with_file(graph_->file, without_probe_sizes(error, other.error).value_or(error)));
}

// Chooses, among the sizes for None, those for which most layers have a shape.
void KerasModel::explore() {
  for (const NetworkInput& input : graph_->root->network->inputs) inputs_.push_back(spec_of_input(input));
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));
  const std::vector<UnsupportedError::Item> known = refusals_in(*graph_->root);
  refusals_ = known;
  const auto& inputs = graph_->root->network->inputs;
  if (!std::all_of(inputs.begin(), inputs.end(), [](const NetworkInput& input) { return input.shape.has_value(); })) return;
  for (const ProbeSizes& sizes : usual_probe_sizes(inputs_)) {
    std::vector<UnsupportedError::Item> refusals;
    try {
      const Lowered result = probed(sizes, refusals, true);
      if (result.by_path.size() > shapes_.size()) {
        shapes_ = result.by_path;
        refusals_ = joined(known, refusals);
      }
    } catch (const Error&) {  // due to the probe's sizes
    }
  }
  root_ = std::make_shared<const host::LayerInfo>(layer_info(*graph_->root));  // with the weights whose shapes became known
}

}  // namespace keraunos::loader
