#include "loader/saving/check_saved.h"

#include <algorithm>
#include <cmath>
#include <string>

namespace keraunos::loader {
namespace {

// Numbers in [-1, 1); the second half of each odd row is zero, like padding. Integers are below `ids`.
Tensor made_up(const TensorSpec& spec, const ProbeSizes& sizes, uint32_t ids, uint64_t& seed) {
  std::vector<int64_t> extents;
  bool first = true;
  for (const auto& extent : spec.shape) {
    extents.push_back(extent.value_or(first ? sizes.batch : sizes.extent));
    first = first && extent.has_value();
  }
  const Dims dims(extents);
  const auto count = static_cast<size_t>(dims.elements());
  if (spec.dtype == DType::string) return Tensor::strings(std::vector<std::string>(count, "a b c"), dims);
  Tensor numbers(is_floating(spec.dtype) ? DType::float32 : DType::int32, dims);
  const size_t row =
      dims.rank() == 0 || dims[0] == 0 ? std::max<size_t>(count, 1) : std::max<size_t>(count / static_cast<size_t>(dims[0]), 1);
  for (size_t i = 0; i < count; ++i) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const auto bits = static_cast<uint32_t>(seed >> 40);
    const bool padded = (i / row) % 2 == 1 && i % row >= row / 2;
    if (is_floating(spec.dtype))
      numbers.mutable_values<float>()[i] = padded ? 0.0f : static_cast<float>(bits) * 0x1p-23f - 1.0f;
    else
      numbers.mutable_values<int32_t>()[i] = padded ? 0 : static_cast<int32_t>(bits % ids);
  }
  return numbers;
}

std::vector<double> numbers_of(const Tensor& tensor) {
  std::vector<double> numbers;
  const auto take = [&](auto values) {
    for (const auto value : values) numbers.push_back(static_cast<double>(value));
  };
  const auto take_half = [&](auto values) {
    for (const auto value : values) numbers.push_back(static_cast<double>(static_cast<float>(value)));
  };
  switch (tensor.dtype()) {
    case DType::float64: take(tensor.values<double>()); break;
    case DType::float32: take(tensor.values<float>()); break;
    case DType::float16: take_half(tensor.values<float16>()); break;
    case DType::bfloat16: take_half(tensor.values<bfloat16>()); break;
    case DType::int8: take(tensor.values<int8_t>()); break;
    case DType::uint8: take(tensor.values<uint8_t>()); break;
    case DType::int16: take(tensor.values<int16_t>()); break;
    case DType::uint16: take(tensor.values<uint16_t>()); break;
    case DType::int32: take(tensor.values<int32_t>()); break;
    case DType::uint32: take(tensor.values<uint32_t>()); break;
    case DType::int64: take(tensor.values<int64_t>()); break;
    case DType::uint64: take(tensor.values<uint64_t>()); break;
    case DType::boolean: take(tensor.values<bool>()); break;
    case DType::string: break;
  }
  return numbers;
}

// The largest difference relative to the largest number.
double difference(const Tensor& a, const Tensor& b) {
  const std::vector<double> left = numbers_of(a), right = numbers_of(b);
  double most = 0, scale = 1e-3;
  for (size_t i = 0; i < left.size(); ++i) {
    if (left[i] == right[i] || (std::isnan(left[i]) && std::isnan(right[i]))) continue;
    most = std::max(most, std::isfinite(left[i] - right[i]) ? std::abs(left[i] - right[i]) : 1e30);
  }
  for (const double number : left) scale = std::max(scale, std::isfinite(number) ? std::abs(number) : 0);
  return most / scale;
}

bool same_texts(const Tensor& a, const Tensor& b) {
  const auto some = a.values<std::string_view>(), others = b.values<std::string_view>();
  return std::equal(some.begin(), some.end(), others.begin(), others.end());
}

bool is_half(const Tensor& tensor) { return tensor.dtype() == DType::float16 || tensor.dtype() == DType::bfloat16; }

// Describes how the results differ; empty where they are the same. Both models run on one device with the same kernels, so that
// the only difference is the rounding of sums that were fused in another way.
std::string what_differs(const Named& some, const Named& others) {
  if (some.size() != others.size()) return "another number of results";
  for (size_t i = 0; i < some.size(); ++i) {
    const Tensor &one = some[i].second, &other = others[i].second;
    if (one.dtype() != other.dtype())
      return "results of dtype " + std::string(name_of(other.dtype())) + " instead of " + std::string(name_of(one.dtype()));
    if (one.dims() != other.dims()) return "results of another shape";
    if (one.dtype() == DType::string && !same_texts(one, other)) return "other texts";
    const double rounding = is_half(one) ? 2e-2 : is_floating(one.dtype()) ? 3e-5 : 0;
    if (difference(one, other) > rounding) return "other numbers";
  }
  return {};
}

// Ids must be below the size of a table, which may be 1.
constexpr uint32_t kFewestIds = 1, kMostIds = 3;

class Comparison {
 public:
  Comparison(const Model& original, const Model& saved, const ProbeSizes& sizes, uint32_t ids) {
    uint64_t seed = 1;
    const std::vector<TensorSpec> before = original.inputs(), after = saved.inputs();
    for (size_t i = 0; i < before.size(); ++i) {
      const Tensor tensor = made_up(before[i], sizes, ids, seed);
      inputs_.emplace_back(before[i].name, tensor.clone());
      again_.emplace_back(i < after.size() ? after[i].name : before[i].name, tensor.clone());
    }
  }
  std::string what_differs_in(const Model& one, const Model& other) const {
    const Named expected = one.predict(NamedViews(inputs_.begin(), inputs_.end()));
    try {
      return what_differs(expected, other.predict(NamedViews(again_.begin(), again_.end())));
    } catch (const UsageError& error) {
      return "no results for inputs that the model takes here (" + std::string(error.what()) + ')';
    }
  }

 private:
  Named inputs_, again_;
};

// An input, a layer that is not called, and one that is written as an operation have no outputs to compare.
std::string in_layer(const Comparison& inputs, const Model& original, const Model& saved, const std::string& path) {
  try {
    return inputs.what_differs_in(original.with_outputs({path}), saved.with_outputs({path}));
  } catch (const UsageError&) {
    return {};
  }
}

[[noreturn]] void fail(const Comparison& inputs, const Model& original, const Model& saved, const std::string& file,
                       const std::string& found) {
  const auto reason = [](const std::string& what) {
    return "would give " + what + " in Keras 3, where the same config has another meaning than in the Keras that wrote the file";
  };
  for (const Layer& layer : original.layers()) {
    const std::string here = in_layer(inputs, original, saved, layer.path());
    if (!here.empty()) throw_refusals(file, {{layer.path(), layer.class_name(), reason(here)}}, kCannotBeSaved);
  }
  throw_refusals(file, {{original.name(), "the model", reason(found)}}, kCannotBeSaved);
}

[[noreturn]] void fail_to_compare(const Model& original, const std::string& file, const Error& error) {
  throw_refusals(file,
                 {{original.name(), "the model",
                   "accepts none of the artificial inputs on which it would be compared: " + std::string(error.what())}},
                 kCannotBeSaved);
}

}  // namespace

void check_saved(const Model& original, const Model& saved, const ProbeSizes& sizes, const std::string& file) {
  for (uint32_t ids = kMostIds; ids >= kFewestIds; --ids) {
    try {
      const Comparison inputs(original, saved, sizes, ids);
      const std::string found = inputs.what_differs_in(original, saved);
      if (found.empty()) return;
      fail(inputs, original, saved, file, found);
    } catch (const DataError& error) {
      if (ids > kFewestIds) continue;
      fail_to_compare(original, file, error);
    } catch (const UsageError& error) {  // of the original model: it does not accept these sizes after all
      fail_to_compare(original, file, error);
    }
  }
}

}  // namespace keraunos::loader
