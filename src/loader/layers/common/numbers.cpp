#include "loader/layers/common/numbers.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

using files::Json;

struct Array {
  std::vector<int64_t> shape;
  std::vector<double> values;
};

// False when the lists are ragged or hold anything but numbers.
bool read(const Json& json, size_t depth, Array& array) {
  if (json.is_number() || json.is_bool()) {
    array.values.push_back(json.is_bool() ? (json.as_bool() ? 1.0 : 0.0) : json.as_double());
    return depth == array.shape.size();
  }
  if (!json.is_array() || depth >= static_cast<size_t>(Dims::kMaxRank)) return false;
  if (depth == array.shape.size() && array.values.empty()) array.shape.push_back(json.size());
  if (depth >= array.shape.size() || array.shape[depth] != json.size()) return false;
  for (const Json& item : json.items()) {
    if (!read(item, depth + 1, array)) return false;
  }
  return true;
}

}  // namespace

Tensor array_of(const Config& config, std::string_view key) {
  const Json* json = config.find(key);
  Array array;
  if (json == nullptr || !read(files::array_in(*json), 0, array)) config.fail(key, "a number or an array of numbers");
  Tensor tensor(DType::float64, Dims(array.shape));
  if (static_cast<int64_t>(array.values.size()) != tensor.dims().elements())
    config.fail(key, "an array whose lists are equally long");
  std::copy(array.values.begin(), array.values.end(), tensor.mutable_values<double>().begin());
  return tensor;
}

Value constant_of(Lowering& l, std::string_view key, DType type) {
  const Tensor array = array_of(l.config(), key);
  for (double value : array.values<double>()) require_fit(l.config(), key, value, type);
  if (array.dims().rank() == 0) return l.scalar(array.values<double>()[0], type);
  return l.cast(l.constant(array), type);
}

double number_of(const Config& config, std::string_view key, double otherwise) {
  if (config.is_missing(key)) return otherwise;
  const Tensor array = array_of(config, key);
  if (array.dims().elements() != 1) config.fail(key, "a number");
  return array.values<double>()[0];
}

double nonnegative_of(const Config& config, std::string_view key, double otherwise) {
  const double number = number_of(config, key, otherwise);
  if (number < 0) config.fail(key, "0 or more");
  return number;
}

double leaky_slope(const Config& config, const Dialect& dialect) {
  const char* key = config.is_missing("alpha") ? "negative_slope" : "alpha";
  return dialect.before(3, 0) ? number_of(config, key, 0.3) : nonnegative_of(config, key, 0.3);
}

std::vector<int64_t> listed_integers(const Config& config, std::string_view key, Range range) {
  const Json* json = config.find(key);
  if (json != nullptr && json->is_number()) config.fail(key, "a list of integers");
  return config.integers(key, 0, range);
}

void require_fit(const Config& config, std::string_view key, double value, DType type) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  if (std::isfinite(value) && type != DType::float64) config.check(key, value, RealRange{-kLargest, kLargest});
}

}  // namespace keraunos::loader
