// A model file as host::ModelSource.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/model/model_source.h"
#include "loader/keras/lowerer.h"
#include "loader/keras/probe_sizes.h"

namespace keraunos::loader {

/// The purpose of a model. A described model may contain layers that cannot run: it has a summary(), but does not lower.
enum class Purpose : uint8_t { run, describe };

struct Summary;

/// An additional output for evaluate(): the mask or the logits of an output, or a loss or metric that a layer adds.
struct ScoredOutput {
  enum Kind : uint8_t { mask, logits, loss, metric };
  size_t output = 0;  ///< which output, or which of the added losses and metrics
  Kind kind = mask;
  std::string shown{};  ///< the name of an added metric
};

class KerasModel final : public host::ModelSource {
 public:
  /// Lowers the model once, with sizes for None that fit it (probe_sizes.h), so that everything that cannot run is reported now,
  /// in one UnsupportedError, and weights of a wrong shape too (ModelError). `compute`: the type in which float32 layers compute
  /// instead (precision.h); results keep the types of the file.
  KerasModel(const std::shared_ptr<LayerGraph>& graph, CustomObjects custom, std::optional<DType> compute = {},
             Purpose purpose = Purpose::run);

  const std::string& name() const override { return graph_->root->name; }
  const std::vector<TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<TensorSpec>& outputs() const override { return outputs_; }
  const host::LayerInfo& root() const override { return *root_; }
  bool keeps_states() const override { return keeps_states_; }
  host::Graph lower(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const override;
  std::shared_ptr<const host::ModelSource> with_outputs(const std::vector<std::string>& layers) const override;
  std::string summary(int width) const override;
  std::shared_ptr<const host::ModelSource> load_weights(const std::filesystem::path& weights,
                                                        const LoadWeightsOptions& options) const override;
  std::vector<TensorSpec> weights(std::string_view layer) const override;
  std::shared_ptr<const host::ModelSource> set_weights(std::span<const TensorView> weights,
                                                       std::string_view layer) const override;
  Named optimizer_variables() const override;
  /// Reads the file again for load_weights(); absent for a model without a file of layers.
  using Reload = std::function<std::shared_ptr<const KerasModel>(const std::filesystem::path& weights)>;
  /// The same for load_weights() with options: reads into a copy of the layers that shares this model's weights.
  using ReadInto =
      std::function<void(LayerGraph& graph, const std::filesystem::path& weights, const LoadWeightsOptions& options)>;
  void set_reload(Reload reload, ReadInto read_into) { reload_ = std::move(reload), read_into_ = std::move(read_into); }
  void save(const std::shared_ptr<const host::ModelState>& model, const std::filesystem::path& path,
            const SaveOptions& options) const override;
  std::optional<host::Compiled> compiled() const override;
  Named evaluate(const host::ModelState& model, std::span<const TensorView> inputs, const NamedViews& targets,
                 const EvaluateOptions& options) const override;
  /// The same model with additional outputs for evaluate() after its own (loader/evaluate/scored_outputs.h).
  std::shared_ptr<const KerasModel> with_scored_outputs() const;
  const std::vector<ScoredOutput>& scored_outputs() const { return scored_; }
  const LayerGraph& graph() const { return *graph_; }
  const CustomObjects& custom() const { return custom_; }
  /// The results of each layer's last call at loading, by path; their values belong to no graph any more.
  const std::map<std::string, LayerOutputs>& layer_outputs() const { return shapes_; }
  int64_t scratch_bytes() const override { return graph_->scratch ? graph_->scratch->bytes() : 0; }
  void release_weights() const noexcept override {
    if (graph_->scratch) graph_->scratch->release();
  }
  /// Everything that cannot run, for a described model.
  const std::vector<UnsupportedError::Item>& refusals() const { return refusals_; }

 private:
  struct Lowered;
  struct Attempt;
  Lowered lowered(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known,
                  std::vector<UnsupportedError::Item>* refusals, bool as_claimed = false) const;
  Lowered probed(const ProbeSizes& sizes, std::vector<UnsupportedError::Item>& refusals, bool as_claimed = false) const;
  Attempt attempt(const ProbeSizes& sizes) const;
  static std::optional<std::string> only_mismatch(const std::vector<Attempt>& failed);
  [[noreturn]] void fail(const Attempt& one, const Attempt& other, bool lasts) const;
  void probe();
  void explore();
  std::map<std::string, LayerOutputs> shown_shapes() const;
  std::string summary_note(const Summary& facts) const;
  void describe(const Lowered& result);
  TensorSpec spec_of(const std::string& name, const Shape& shape, DType dtype) const;
  std::string path_of(const std::string& layer) const;

  std::shared_ptr<const LayerGraph> graph_;
  CustomObjects custom_;
  std::vector<std::string> selected_;  // paths of layers whose outputs replace the model's
  Purpose purpose_;
  std::vector<UnsupportedError::Item> refusals_;
  std::vector<TensorSpec> inputs_, outputs_;
  std::shared_ptr<const host::LayerInfo> root_;
  ProbeSizes probe_sizes_{};  // the sizes used for None when everything fitted
  bool keeps_states_ = false;
  std::shared_ptr<KerasModel> over(std::shared_ptr<const LayerGraph> graph) const;
  void require_whole(const char* function, const char* what) const;

  Reload reload_{};
  ReadInto read_into_{};
  std::vector<ScoredOutput> scored_;            // after the model's own outputs, one each
  bool scores_ = false;                         // layers add to the scores
  std::map<std::string, LayerOutputs> shapes_;  // results of each layer's last call in the probe
};

}  // namespace keraunos::loader
