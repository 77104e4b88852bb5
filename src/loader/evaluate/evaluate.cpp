// Model::evaluate: predicts all rows, then computes losses and metrics batch by batch, as Keras does.
#include <algorithm>
#include <map>

#include "host/model/model_state.h"
#include "keraunos/error.h"
#include "loader/evaluate/predicted.h"
#include "loader/evaluate/scoring.h"
#include "loader/keras/keras_model.h"

namespace keraunos::loader {
namespace {

const TensorView* named(const NamedViews& views, std::string_view name) {
  const auto found = std::find_if(views.begin(), views.end(), [&](const auto& entry) { return entry.first == name; });
  return found != views.end() ? &found->second : nullptr;
}

void check_names(const NamedViews& views, const std::vector<TensorSpec>& outputs, const char* what, bool for_all) {
  for (const auto& [name, view] : views) {
    const bool known = std::any_of(outputs.begin(), outputs.end(), [&](const TensorSpec& spec) { return spec.name == name; });
    if (known || (for_all && name.empty())) continue;
    std::string names;
    for (const TensorSpec& spec : outputs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
    throw UsageError(std::string(what) + " \"" + name + "\" is for no output of the model; it has " + names);
  }
}

void check_rows(const NamedViews& views, int64_t rows, const char* what) {
  for (const auto& [name, view] : views) {
    if (view.where.kind != Device::cpu) throw UsageError(std::string(what) + " must lie in memory of the host");
    if (view.dims.rank() > 0 && view.dims[0] == rows) continue;
    throw UsageError(std::string(what) + " of shape " + view.dims.to_string() + (name.empty() ? "" : " for \"" + name + '"') +
                     " does not have the " + std::to_string(rows) + " rows of the inputs");
  }
}

/// A mean of losses over batches, weighted by their rows.
class LossMean {
 public:
  void add(const Array& value, double rows, int keras) {
    const auto size = static_cast<double>(value.size());
    total_ += rows * (keras == 2 ? sum_of(value) : sum_of(value) / size);
    count_ += rows * (keras == 2 ? size : 1);
  }
  double mean() const { return ratio(total_, count_); }

 private:
  double total_ = 0, count_ = 0;
};

class Evaluation {
 public:
  Evaluation(const KerasModel& source, const host::ModelState& model, const NamedViews& targets, const EvaluateOptions& options,
             Predicted predicted)
      : graph_(source.graph()), specs_(source.outputs()), targets_(targets), options_(options), predicted_(std::move(predicted)) {
    keras_ = graph_.dialect.major > 2 ? 3 : 2;
    const std::vector<ScoredShape> shapes = shapes_of_outputs();
    const CustomScope scope{source.custom(), graph_, model};
    losses_ = losses_for(scope, shapes);
    metrics_ = metrics_for(scope, shapes);
    added_ = regularisation_of(graph_);
    for (const auto& [name, values] : predicted_.metrics) added_metrics_.emplace_back(name, LossMean());
    means_.resize(losses_.size());
  }

  Named scores(int64_t rows) {
    if (keras_ > 2 && losses_.empty() && added_ == 0 && predicted_.losses.empty())
      throw UsageError(graph_.file + ": the model was compiled without a loss, which evaluate() of Keras 3 needs");
    for (int64_t first = 0; first < rows; first += options_.batch_size) add(first, std::min(options_.batch_size, rows - first));
    return keras_ == 2 ? in_order_of_keras2() : in_order_of_keras3();
  }

 private:
  std::vector<ScoredShape> shapes_of_outputs() const {
    std::vector<ScoredShape> shapes;
    for (size_t i = 0; i < specs_.size(); ++i) {
      const Dims& prediction = predicted_.outputs[i].dims();
      ScoredShape shape{specs_[i].name, {}, {prediction.begin(), prediction.end()}};
      if (const TensorView* truth = named(targets_, specs_[i].name); truth != nullptr)
        shape.truth.assign(truth->dims.begin(), truth->dims.end()), shape.has_truth = true;
      if (specs_[i].dtype == DType::float64) shape.type = DType::float64;
      shapes.push_back(std::move(shape));
    }
    return shapes;
  }

  OutputBatch batch_of(size_t output, int64_t first, int64_t count) const {
    OutputBatch batch;
    const std::string& name = specs_[output].name;
    batch.sides.keras = keras_;
    batch.sides.truth = Array::rows_of(*named(targets_, name), first, count);
    batch.sides.prediction = Array::rows_of(predicted_.outputs[output], first, count);
    if (const auto at = predicted_.logits.find(output); at != predicted_.logits.end())
      batch.sides.logits = Array::rows_of(at->second, first, count);
    if (const auto at = predicted_.masks.find(output); at != predicted_.masks.end())
      batch.mask = Array::rows_of(at->second, first, count);
    const TensorView* weight = named(options_.sample_weight, name);
    if (weight == nullptr) weight = named(options_.sample_weight, "");
    if (weight != nullptr) batch.weight = Array::rows_of(*weight, first, count);
    return batch;
  }

  void add(int64_t first, int64_t count) {
    const auto rows = static_cast<double>(count);
    Array total = Array::number(added_);
    for (const std::vector<Array>& loss : predicted_.losses) total = zip(total, loss[batch(first)], std::plus<>());
    for (size_t i = 0; i < losses_.size(); ++i) {
      const ScoredLoss& scored = losses_[i];
      Array value = value_of(scored.loss, batch_of(scored.output, first, count));
      // Keras 3 traces a shape with an unknown number of rows and weights each batch by 1.
      means_[i].add(value, keras_ == 2 ? rows : 1, keras_);
      if (scored.weight) value = map(std::move(value), [&](double x) { return x * *scored.weight; });
      total = zip(total, value, std::plus<>());
    }
    // Keras 2 knows the rows of a batch from the losses of outputs.
    if (!losses_.empty() || added_ != 0 || !predicted_.losses.empty())
      total_.add(total, keras_ == 2 && losses_.empty() ? 1 : rows, keras_);
    for (size_t i = 0; i < added_metrics_.size(); ++i)
      added_metrics_[i].second.add(predicted_.metrics[i].second[batch(first)], 1, keras_);
    for (ScoredMetric& scored : metrics_) update(scored, batch_of(scored.output, first, count));
  }

  size_t batch(int64_t first) const { return static_cast<size_t>(first / options_.batch_size); }

  // Keras 2 passes the mask to every metric as its weights; in Keras 3 the metric applies it.
  void update(const ScoredMetric& scored, OutputBatch batch) const {
    if (!scored.weighted) batch.weight.reset();
    if (keras_ == 2) {
      match_ranks(batch);
      batch.weight = scored.weighted ? masked_weight(batch) : batch.mask;
      batch.mask.reset();
    }
    scored.metric->update(batch);
  }

  static void put(Named& scores, const std::string& name, const Array& value) {
    Tensor tensor(DType::float32, Dims(value.dims));
    for (size_t i = 0; i < value.at.size(); ++i) tensor.mutable_values<float>()[i] = static_cast<float>(value.at[i]);
    scores.emplace_back(name, std::move(tensor));
  }

  void put_losses(Named& scores) const {
    const bool several = keras_ == 2 ? specs_.size() > 1 : losses_.size() > 1;
    for (size_t i = 0; several && i < losses_.size(); ++i) put(scores, losses_[i].shown, Array::number(means_[i].mean()));
  }

  Named in_order_of_keras2() const {
    Named scores;
    put(scores, "loss", Array::number(total_.mean()));
    put_losses(scores);
    for (const ScoredMetric& scored : metrics_) put(scores, scored.shown, scored.metric->result());
    for (const auto& [name, mean] : added_metrics_) put(scores, name, Array::number(mean.mean()));
    return scores;
  }

  // Keras 3 lists metrics by their own names, then the losses of outputs, then the rest alphabetically.
  Named in_order_of_keras3() const {
    Named scores;
    put(scores, "loss", Array::number(total_.mean()));
    std::vector<const ScoredMetric*> others;
    for (const ScoredMetric& scored : metrics_) {
      if (scored.shown == scored.name)
        put(scores, scored.shown, scored.metric->result());
      else
        others.push_back(&scored);
    }
    put_losses(scores);
    std::sort(others.begin(), others.end(), [](const auto* a, const auto* b) { return a->shown < b->shown; });
    for (const ScoredMetric* scored : others) put(scores, scored->shown, scored->metric->result());
    return scores;
  }

  const LayerGraph& graph_;
  const std::vector<TensorSpec>& specs_;
  const NamedViews& targets_;
  const EvaluateOptions& options_;
  Predicted predicted_;
  int keras_ = 3;
  double added_ = 0;
  std::vector<ScoredLoss> losses_;
  std::vector<LossMean> means_;
  std::vector<ScoredMetric> metrics_;
  std::vector<std::pair<std::string, LossMean>> added_metrics_;  ///< AddMetric layers, which only Keras 2 has
  LossMean total_;
};

}  // namespace

Named KerasModel::evaluate(const host::ModelState& model, std::span<const TensorView> inputs, const NamedViews& targets,
                           const EvaluateOptions& options) const {
  if (!graph_->compilation) {
    throw UsageError(
        graph_->file +
        ": evaluate() needs a compiled model; the file does not say how this one was compiled, or it was loaded with "
        "LoadOptions::compile = false (--no-compile)");
  }
  if (!selected_.empty()) throw UsageError("evaluate() needs the whole model, not one made by with_outputs()");
  if (options.batch_size < 1)
    throw UsageError("EvaluateOptions::batch_size is " + std::to_string(options.batch_size) + ", expected 1 or more");
  const int64_t rows = inputs.empty() || inputs[0].dims.rank() == 0 ? 0 : inputs[0].dims[0];
  if (rows == 0) throw UsageError("evaluate() needs one row at least");
  check_names(targets, outputs_, "the target", false);
  check_names(options.sample_weight, outputs_, "sample_weight", true);
  check_rows(targets, rows, "a target");
  check_rows(options.sample_weight, rows, "sample_weight");
  Evaluation evaluation(*this, model, targets, options, predict_all(*this, model, inputs, options.batch_size));
  return evaluation.scores(rows);
}

}  // namespace keraunos::loader
