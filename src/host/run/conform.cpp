// Checks the caller's inputs against the model's, and names those that do not fit.
#include <algorithm>
#include <array>

#include "host/run/other_work.h"
#include "host/run/predict.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

Dims without_last(const Dims& dims) { return Dims(dims.span().first(static_cast<size_t>(dims.rank() - 1))); }

Dims with_last_one(const Dims& dims) {
  std::array<int64_t, Dims::kMaxRank + 1> sizes{};
  std::copy(dims.begin(), dims.end(), sizes.begin());
  sizes[static_cast<size_t>(dims.rank())] = 1;
  return Dims(std::span<const int64_t>(sizes.data(), static_cast<size_t>(dims.rank()) + 1));
}

// Keras adds a last axis of 1 where the input has one axis too few and the model expects 1 there, and drops one where it has one
// axis too many.
Dims mended(const Dims& dims, const TensorSpec& spec) {
  const int wanted = static_cast<int>(spec.shape.size());
  if (dims.rank() == wanted - 1 && (!spec.shape.back() || *spec.shape.back() == 1)) return with_last_one(dims);
  if (dims.rank() == wanted + 1 && dims.back() == 1) return without_last(dims);
  return dims;
}

std::string named(const std::vector<TensorSpec>& specs) {
  std::string names;
  for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
  return names;
}

std::string counted(const std::vector<TensorSpec>& specs) {
  return std::to_string(specs.size()) + (specs.size() == 1 ? " input (" : " inputs (") + named(specs) + ')';
}

std::string found_text(const TensorView& view) { return view.dims.to_string() + ' ' + std::string(name_of(view.dtype)); }

bool fits(const Dims& dims, const TensorSpec& spec) {
  bool same = dims.rank() == static_cast<int>(spec.shape.size());
  for (int axis = 1; same && axis < dims.rank();
       ++axis) {  // a batch size that the file fixes is a hint: Keras refuses others only where layers do
    const auto& extent = spec.shape[static_cast<size_t>(axis)];
    same = !extent || *extent == dims[axis];
  }
  return same;
}

// The most frequent mistake: one sample without the batch axis.
std::string advice(const Dims& dims, const TensorSpec& spec) {
  if (dims.rank() + 1 != static_cast<int>(spec.shape.size())) return {};
  std::array<int64_t, Dims::kMaxRank + 1> sizes{1};
  std::copy(dims.begin(), dims.end(), sizes.begin() + 1);
  const Dims batch(std::span<const int64_t>(sizes.data(), static_cast<size_t>(dims.rank()) + 1));
  return fits(batch, spec) ? "; the first axis counts samples, so one sample is " + batch.to_string() : std::string();
}

// Memory of the device is read as it is.
void check_in_place(const TensorView& view, const TensorSpec& spec, const Device& device) {
  const auto size = static_cast<uintptr_t>(size_of(view.dtype));
  const Device place = view.bytes() > 0 && view.where == device ? place_of(device, view.data) : view.where;
  std::string found;
  if (!(place == device))
    found = "lies on " + place.to_string() + ", but the model runs on " + device.to_string() + ": copy it there first";
  else if (view.dtype != spec.dtype)
    found =
        "expects " + spec.to_string() + ", found " + found_text(view) + " on " + device.to_string() + ": convert it there first";
  else if (reinterpret_cast<uintptr_t>(view.data) % size != 0)
    found = "has an address that is no multiple of " + std::to_string(size) + " bytes: copy it on the device first";
  if (!found.empty()) throw UsageError("input \"" + spec.name + "\" " + found);
}

// `device`: its memory may be read too; null: only memory of the CPU.
void check(const TensorView& view, const TensorSpec& spec, const Device* device) {
  if (view.where.kind != Device::cpu && device != nullptr) {
    check_in_place(view, spec, *device);
  } else if (view.where.kind != Device::cpu) {
    throw UsageError("input \"" + spec.name + "\" lies on " + view.where.to_string() +
                     ", but memory of the CPU is read here: use Session::enqueue, or copy it to the CPU");
  }
  if (!fits(view.dims, spec))
    throw UsageError("input \"" + spec.name + "\" expects " + spec.to_string() + ", found " + found_text(view) +
                     advice(view.dims, spec));
  const bool text = spec.dtype == DType::string;
  if ((view.dtype == DType::string) == text) return;
  throw UsageError(
      "input \"" + spec.name + "\" expects " + spec.to_string() + ", found " + found_text(view) +
      (text ? "; pass std::string or std::string_view elements" : "; text must become numbers before this model sees it"));
}

}  // namespace

std::vector<TensorType> types_for(const ModelState& model, std::span<const Dims> dims) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  if (dims.size() != specs.size()) {
    throw UsageError("the model has " + counted(specs) + ", found dims of " + std::to_string(dims.size()));
  }
  std::vector<TensorType> types;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (!fits(dims[i], specs[i])) {
      throw UsageError("input \"" + specs[i].name + "\" expects " + specs[i].to_string() + ", found " + dims[i].to_string() +
                       advice(dims[i], specs[i]));
    }
    types.push_back({specs[i].dtype, dims[i]});
  }
  return types;
}

List<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, Scratch& scratch, const Device* device) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  if (inputs.size() != specs.size()) {
    throw UsageError("the model has " + counted(specs) + ", found " + std::to_string(inputs.size()));
  }
  auto result = scratch.list<TensorView>(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    TensorView& view = result.emplace_back(inputs[i]);
    view.dims = mended(view.dims, specs[i]);
    check(view, specs[i], device);
    if (view.dims.rank() > 0 && result[0].dims.rank() > 0 && view.dims[0] != result[0].dims[0]) {
      throw UsageError("all inputs need the same number of rows: \"" + specs[0].name + "\" has " +
                       std::to_string(result[0].dims[0]) + ", \"" + specs[i].name + "\" has " + std::to_string(view.dims[0]));
    }
  }
  return result;
}

namespace {

// An InputLayer's name is accepted unless it is the key of another input.
bool is_for(const std::string& name, const TensorSpec& spec, const std::vector<TensorSpec>& specs) {
  if (name == spec.name) return true;
  return !spec.input_layer.empty() && name == spec.input_layer &&
         std::none_of(specs.begin(), specs.end(), [&](const TensorSpec& other) { return other.name == name; });
}

}  // namespace

List<TensorView> in_order(const ModelState& model, const NamedViews& inputs, Scratch& scratch) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  for (const auto& [name, view] : inputs) {
    if (std::none_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return is_for(name, spec, specs); })) {
      throw UsageError("the model has no input \"" + name + "\"; it has " + named(specs));
    }
  }
  auto result = scratch.list<TensorView>(specs.size());
  for (const TensorSpec& spec : specs) {
    const auto is_it = [&](const auto& entry) { return is_for(entry.first, spec, specs); };
    const auto count = std::count_if(inputs.begin(), inputs.end(), is_it);
    if (count != 1) {
      throw UsageError("input \"" + spec.name + "\" is given " + (count == 0 ? "not at all" : std::to_string(count) + " times") +
                       "; the model wants each of " + named(specs) + " once");
    }
    result.push_back(std::find_if(inputs.begin(), inputs.end(), is_it)->second);
  }
  return result;
}

}  // namespace keraunos::host
