// A model made in a test: its lowering is a function, so that the host is tested without a model file.
#pragma once

#include <functional>
#include <memory>

#include "host/model/model_source.h"
#include "host/model/model_state.h"

namespace keraunos::host {

using LowerFunction =
    std::function<void(Graph&, std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known)>;

class FakeSource final : public ModelSource {
 public:
  FakeSource(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs, LowerFunction lower)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)), lower_(std::move(lower)) {}
  const std::string& name() const override { return name_; }
  const std::vector<TensorSpec>& inputs() const override { return inputs_; }
  const std::vector<TensorSpec>& outputs() const override { return outputs_; }
  const LayerInfo& root() const override { return root_; }
  bool keeps_states() const override { return keeps_states_; }
  FakeSource& keep_states() { return keeps_states_ = true, *this; }
  Graph lower(std::span<const TensorType> inputs, std::span<const std::vector<TensorType>> known) const override {
    Graph graph;
    const auto add = [&](const TensorType& type) {
      graph.inputs.push_back(graph.add_value({.shape = shape_of(type.dims), .dtype = type.dtype}));
    };
    for (const TensorType& type : inputs) add(type);
    for (const auto& types : known) {
      for (const TensorType& type : types) add(type);
    }
    lower_(graph, inputs, known);
    return graph;
  }
  std::shared_ptr<const ModelSource> with_outputs(const std::vector<std::string>&) const override { return nullptr; }
  std::shared_ptr<const ModelSource> load_weights(const std::filesystem::path&, const LoadWeightsOptions&) const override {
    return nullptr;
  }
  std::vector<TensorSpec> weights(std::string_view) const override { return {}; }
  std::shared_ptr<const ModelSource> set_weights(std::span<const TensorView>, std::string_view) const override { return nullptr; }
  void save(const std::shared_ptr<const ModelState>&, const std::filesystem::path&, const SaveOptions&) const override {
    throw UsageError("a made-up model is not saved");
  }
  std::string summary(int) const override { return {}; }

 private:
  std::string name_ = "fake";
  std::vector<TensorSpec> inputs_, outputs_;
  LowerFunction lower_;
  LayerInfo root_;
  bool keeps_states_ = false;
};

inline Model model_of(std::vector<TensorSpec> inputs, std::vector<TensorSpec> outputs, LowerFunction lower, Device device = {}) {
  return make_model(std::make_shared<FakeSource>(std::move(inputs), std::move(outputs), std::move(lower)),
                    {.device = device, .threads = 1});
}

}  // namespace keraunos::host
