#include <algorithm>

#include "host/run/predict.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

std::string shape_text(const TensorSpec& spec) { return spec.to_string(); }

Dims without_last(const Dims& dims) { return Dims(dims.span().first(static_cast<size_t>(dims.rank() - 1))); }

Dims with_last_one(const Dims& dims) {
  std::array<int64_t, Dims::kMaxRank + 1> sizes{};
  std::copy(dims.begin(), dims.end(), sizes.begin());
  sizes[static_cast<size_t>(dims.rank())] = 1;
  return Dims(std::span<const int64_t>(sizes.data(), static_cast<size_t>(dims.rank()) + 1));
}

// Keras adds a last axis of 1 where the input has one axis too few and the model wants 1 there, and drops one where it has one too many.
Dims mended(const Dims& dims, const TensorSpec& spec) {
  const int wanted = static_cast<int>(spec.shape.size());
  if (dims.rank() == wanted - 1 && (!spec.shape.back() || *spec.shape.back() == 1)) return with_last_one(dims);
  if (dims.rank() == wanted + 1 && dims.back() == 1) return without_last(dims);
  return dims;
}

void check(const TensorView& view, const TensorSpec& spec) {
  bool fits = view.dims.rank() == static_cast<int>(spec.shape.size());
  for (int axis = 0; fits && axis < view.dims.rank(); ++axis) {
    const auto& extent = spec.shape[static_cast<size_t>(axis)];
    // A fixed batch size in the file is a hint to Keras: predict() refuses it only where the layers do.
    fits = !extent || *extent == view.dims[axis] || axis == 0;
  }
  if (fits) return;
  throw UsageError("input \"" + spec.name + "\" expects " + shape_text(spec) + ", found " + view.dims.to_string() + ' ' +
                   std::string(name_of(view.dtype)));
}

}  // namespace

List<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, Scratch& scratch) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  if (inputs.size() != specs.size()) {
    std::string names;
    for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
    throw UsageError("the model has " + std::to_string(specs.size()) + " inputs (" + names + "), found " + std::to_string(inputs.size()));
  }
  auto result = scratch.list<TensorView>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    TensorView view = inputs[i];
    view.dims = mended(view.dims, specs[i]);
    check(view, specs[i]);
    if ((view.dtype == DType::string) != (specs[i].dtype == DType::string)) {
      throw UsageError("input \"" + specs[i].name + "\" expects " + std::string(name_of(specs[i].dtype)) + ", found " +
                       std::string(name_of(view.dtype)));
    }
    if (view.dims.rank() > 0 && result.size() > 0 && result[0].dims.rank() > 0 && view.dims[0] != result[0].dims[0]) {
      throw UsageError("all inputs need the same number of rows: \"" + specs[0].name + "\" has " + std::to_string(result[0].dims[0]) + ", \"" +
                       specs[i].name + "\" has " + std::to_string(view.dims[0]));
    }
    result.push_back(view);
  }
  return result;
}

List<TensorView> in_order(const ModelState& model, const NamedViews& inputs, Scratch& scratch) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  auto result = scratch.list<TensorView>(specs.size());
  for (const TensorSpec& spec : specs) {
    const auto named = [&](const auto& entry) { return entry.first == spec.name; };
    const auto count = std::count_if(inputs.begin(), inputs.end(), named);
    if (count != 1) throw UsageError("input \"" + spec.name + "\" is given " + (count == 0 ? "not at all" : std::to_string(count) + " times"));
    result.push_back(std::find_if(inputs.begin(), inputs.end(), named)->second);
  }
  for (const auto& [name, view] : inputs) {
    if (std::none_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return spec.name == name; })) {
      std::string names;
      for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
      throw UsageError("the model has no input \"" + name + "\"; it has " + names);
    }
  }
  return result;
}

}  // namespace keraunos::host
