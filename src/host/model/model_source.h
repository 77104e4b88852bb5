// A model file as the host sees it: its description, and how to lower it. The loader implements this interface, because includes
// go from loader to host only.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/graph/graph.h"
#include "keraunos/evaluate.h"
#include "keraunos/session.h"
#include "keraunos/tensor.h"

namespace keraunos {
struct LoadWeightsOptions;
struct SaveOptions;
}  // namespace keraunos

namespace keraunos::host {

struct WeightInfo {
  std::string name;  ///< "kernel"
  bool trainable = true;
  std::shared_ptr<const Tensor> tensor;  ///< as saved
};

struct LayerInfo {
  std::string name, class_name, path, config;
  std::string attribute{};  ///< the parent's attribute that holds it, when the parent is a wrapper: "cell"
  std::vector<WeightInfo> weights;
  std::vector<LayerInfo> children;
};

/// How the model was compiled, as the file states it.
struct Compiled {
  std::vector<CompiledPart> losses, metrics;
  std::optional<CompiledOptimizer> optimizer;
};

class ModelState;

class ModelSource {
 public:
  virtual ~ModelSource() = default;
  virtual const std::string& name() const = 0;
  virtual const std::vector<TensorSpec>& inputs() const = 0;
  virtual const std::vector<TensorSpec>& outputs() const = 0;
  /// The model itself; its children are model.layers in Keras's order.
  virtual const LayerInfo& root() const = 0;
  /// True when a layer is stateful: the graphs have states.
  virtual bool keeps_states() const = 0;
  /// The graph for inputs of these types. A kernel whose results depend on data ends a segment (Graph::pending); `known` holds
  /// the result types of those that ran already, in order of occurrence, and the graph then has their results as further inputs.
  /// UsageError or ModelError where the shapes do not fit the model, UnsupportedError where it cannot run for them.
  virtual Graph lower(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const = 0;
  virtual std::shared_ptr<const ModelSource> with_outputs(const std::vector<std::string>& layers) const = 0;
  virtual std::string summary(int width) const = 0;
  /// Model::load_weights.
  virtual std::shared_ptr<const ModelSource> load_weights(const std::filesystem::path& weights,
                                                          const LoadWeightsOptions& options) const = 0;
  /// Model::weights and Model::set_weights, of the layer at a path or of the model ("").
  virtual std::vector<TensorSpec> weights(std::string_view layer) const = 0;
  virtual std::shared_ptr<const ModelSource> set_weights(std::span<const TensorView> weights, std::string_view layer) const = 0;
  /// Model::save.
  virtual void save(const std::shared_ptr<const ModelState>& model, const std::filesystem::path& path,
                    const SaveOptions& options) const = 0;
  /// Model::optimizer_variables.
  virtual Named optimizer_variables() const { return {}; }
  /// None: it was not compiled, or loaded without that.
  /// Absent: the model was not compiled, or was loaded without its compilation.
  virtual std::optional<Compiled> compiled() const { return std::nullopt; }
  /// Model::evaluate, with inputs in the model's order.
  virtual Named evaluate(const ModelState& model, std::span<const TensorView> inputs, const NamedViews& targets,
                         const EvaluateOptions& options) const;
  /// Bytes of weights that are kept in a file (LoadOptions::scratch_folder).
  virtual int64_t scratch_bytes() const { return 0; }
  /// Frees the memory of the weights that the file holds.
  virtual void release_weights() const noexcept {}
};

/// The batch size that the file fixes for an input; absent where no input has one.
std::optional<int64_t> fixed_batch(std::span<const TensorSpec> inputs);

}  // namespace keraunos::host
