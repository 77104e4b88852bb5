// A model with the further outputs that evaluate() needs.
#include <set>

#include "loader/evaluate/scored_outputs.h"
#include "loader/keras/lowered_model.h"

namespace keraunos::loader {
namespace {

constexpr std::string_view kCannotBeEvaluated = "predicts, but cannot be evaluated";

}  // namespace

std::shared_ptr<const KerasModel> KerasModel::with_scored_outputs() const {
  auto copy = std::make_shared<KerasModel>(*this);
  copy->scores_ = true;
  std::vector<UnsupportedError::Item> refusals;
  Lowered lowered = copy->probed(probe_sizes_, refusals);
  std::set<const LayerInstance*> counted;
  for (const AddedScore& added : lowered.added) counted.insert(added.layer);
  if (refusals.empty()) refusals = uncounted_regularisers(*graph_->root, graph_->dialect, counted);
  if (!refusals.empty()) throw_refusals(graph_->file, std::move(refusals), kCannotBeEvaluated);
  const auto add = [&](const ScoredOutput& further, const std::string& name, Value value) {
    const host::ValueInfo& info = lowered.graph.info(value);
    copy->scored_.push_back(further);
    copy->outputs_.push_back(spec_of(name, info.shape, info.dtype));
  };
  const std::vector<int> sources = in_order_of_predict(graph_->root->network->outputs, *graph_->root->network);
  for (size_t i = 0; selected_.empty() && i < lowered.outputs.size(); ++i) {
    const Traced& output = lowered.outputs[i];
    if (output.mask) add({i, ScoredOutput::mask, {}}, "mask " + std::to_string(i), output.mask);
    const Value logits =
        keeps_logits(*graph_->root->network, sources[i], graph_->dialect) ? logits_of(lowered.graph, output.value) : Value{};
    if (logits) add({i, ScoredOutput::logits, {}}, "logits " + std::to_string(i), logits);
  }
  const std::set<const LayerInstance*> ignored = layers_without_losses(graph_->root, graph_->dialect);
  for (size_t i = 0; i < lowered.added.size(); ++i) {
    const AddedScore& added = lowered.added[i];
    if (ignored.contains(added.layer)) continue;
    const auto kind = added.metric.empty() ? ScoredOutput::loss : ScoredOutput::metric;
    add({i, kind, added.metric}, "added by " + added.layer->path, added.value);
  }
  return copy;
}

}  // namespace keraunos::loader
