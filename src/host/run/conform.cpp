#include <algorithm>

#include "host/run/predict.h"
#include "keraunos/error.h"

namespace keraunos::host {
namespace {

std::string shape_text(const TensorSpec& spec) { return spec.to_string(); }

template <class To, class From>
To convert(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    if constexpr (std::is_same_v<From, float16> || std::is_same_v<From, bfloat16>) return static_cast<float>(value) != 0;
    else return value != From{};
  } else if constexpr (std::is_same_v<From, float16> || std::is_same_v<From, bfloat16>) {
    return convert<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, float16> || std::is_same_v<To, bfloat16>) {
    return To(static_cast<float>(value));
  } else {
    return static_cast<To>(value);
  }
}

// Calls f with a value of the C++ type of a numeric dtype.
template <class F>
void with_type(DType type, F&& f) {
  switch (type) {
    case DType::float32: f(float{}); return;
    case DType::float64: f(double{}); return;
    case DType::float16: f(float16{}); return;
    case DType::bfloat16: f(bfloat16{}); return;
    case DType::int8: f(int8_t{}); return;
    case DType::uint8: f(uint8_t{}); return;
    case DType::int16: f(int16_t{}); return;
    case DType::uint16: f(uint16_t{}); return;
    case DType::int32: f(int32_t{}); return;
    case DType::uint32: f(uint32_t{}); return;
    case DType::int64: f(int64_t{}); return;
    case DType::uint64: f(uint64_t{}); return;
    case DType::boolean: f(bool{}); return;
    case DType::string: return;
  }
}

Tensor converted(const TensorView& view, DType type) {
  const Tensor source = Tensor::copy_of(view);  // aligned
  Tensor result(type, view.dims);
  with_type(view.dtype, [&]<class From>(From) {
    with_type(type, [&]<class To>(To) {
      const auto from = source.values<From>();
      const auto to = result.mutable_values<To>();
      for (size_t i = 0; i < from.size(); ++i) to[i] = convert<To>(from[i]);
    });
  });
  return result;
}

Dims without_last(const Dims& dims) { return Dims(dims.span().first(static_cast<size_t>(dims.rank() - 1))); }

Dims with_last_one(const Dims& dims) {
  std::vector<int64_t> sizes(dims.begin(), dims.end());
  sizes.push_back(1);
  return Dims(sizes);
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

std::vector<TensorView> conformed(const ModelState& model, std::span<const TensorView> inputs, std::vector<Tensor>& owned) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  if (inputs.size() != specs.size()) {
    std::string names;
    for (const TensorSpec& spec : specs) names += (names.empty() ? "\"" : ", \"") + spec.name + '"';
    throw UsageError("the model has " + std::to_string(specs.size()) + " inputs (" + names + "), found " + std::to_string(inputs.size()));
  }
  std::vector<TensorView> result;
  for (size_t i = 0; i < inputs.size(); ++i) {
    TensorView view = inputs[i];
    view.dims = mended(view.dims, specs[i]);
    check(view, specs[i]);
    if ((view.dtype == DType::string) != (specs[i].dtype == DType::string)) {
      throw UsageError("input \"" + specs[i].name + "\" expects " + std::string(name_of(specs[i].dtype)) + ", found " +
                       std::string(name_of(view.dtype)));
    }
    if (view.dtype != specs[i].dtype) {
      owned.push_back(converted(view, specs[i].dtype));
      view = owned.back();
    }
    if (view.dims.rank() > 0 && result.size() > 0 && result[0].dims.rank() > 0 && view.dims[0] != result[0].dims[0]) {
      throw UsageError("all inputs need the same number of rows: \"" + specs[0].name + "\" has " + std::to_string(result[0].dims[0]) + ", \"" +
                       specs[i].name + "\" has " + std::to_string(view.dims[0]));
    }
    result.push_back(view);
  }
  return result;
}

std::vector<TensorView> in_order(const ModelState& model, const NamedViews& inputs) {
  const std::vector<TensorSpec>& specs = model.source().inputs();
  std::vector<TensorView> result;
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
