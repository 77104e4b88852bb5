#include "golden/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <sstream>

namespace keraunos::golden {
namespace {

double number_at(const Tensor& tensor, size_t i) {
  switch (tensor.dtype()) {
    case DType::float32: return tensor.values<float>()[i];
    case DType::float64: return tensor.values<double>()[i];
    case DType::float16: return static_cast<float>(tensor.values<float16>()[i]);
    case DType::bfloat16: return static_cast<float>(tensor.values<bfloat16>()[i]);
    case DType::int8: return tensor.values<int8_t>()[i];
    case DType::uint8: return tensor.values<uint8_t>()[i];
    case DType::int16: return tensor.values<int16_t>()[i];
    case DType::uint16: return tensor.values<uint16_t>()[i];
    case DType::int32: return tensor.values<int32_t>()[i];
    case DType::uint32: return tensor.values<uint32_t>()[i];
    case DType::int64: return static_cast<double>(tensor.values<int64_t>()[i]);
    case DType::uint64: return static_cast<double>(tensor.values<uint64_t>()[i]);
    case DType::boolean: return tensor.values<bool>()[i] ? 1 : 0;
    case DType::string: break;
  }
  return 0;
}

// In units of the tolerance; equal NaNs and equal infinities agree.
double error_of(double found, double expected, double rtol, double atol) {
  if (found == expected || (std::isnan(found) && std::isnan(expected))) return 0;
  const double error = std::abs(found - expected) / (atol + rtol * std::abs(expected));
  return std::isnan(error) ? std::numeric_limits<double>::infinity() : error;
}

// The largest finite magnitude in a tensor of a floating type; 0 for other types.
double largest(const Tensor& tensor) {
  double most = 0;
  for (size_t i = 0; is_floating(tensor.dtype()) && i < static_cast<size_t>(tensor.dims().elements()); ++i) {
    const double size = std::abs(number_at(tensor, i));
    if (std::isfinite(size)) most = std::max(most, size);
  }
  return most;
}

Difference fail(const std::string& message) { return {std::numeric_limits<double>::infinity(), message}; }

}  // namespace

std::string type_difference(const Tensor& found, const Tensor& expected) {
  const bool stored_wider = found.dtype() == DType::bfloat16 && expected.dtype() == DType::float32;  // NumPy has no bfloat16
  if (found.dtype() == expected.dtype() || stored_wider) return {};
  return "dtype " + std::string(name_of(found.dtype())) + ", expected " + std::string(name_of(expected.dtype()));
}

Difference compare(const Tensor& found, const Tensor& expected, double rtol, double atol, double of_largest) {
  if (!(found.dims() == expected.dims()))
    return fail("shape " + found.dims().to_string() + ", expected " + expected.dims().to_string());
  const auto count = static_cast<size_t>(expected.dims().elements());
  if ((found.dtype() == DType::string) != (expected.dtype() == DType::string)) return fail("strings and numbers are mixed up");
  if (of_largest > 0) atol += of_largest * largest(expected);
  Difference difference;
  size_t at = 0;
  for (size_t i = 0; i < count; ++i) {
    if (found.dtype() == DType::string) {
      const auto index = static_cast<int64_t>(i);
      if (found.string(index) == expected.string(index)) continue;
      return fail("element " + std::to_string(i) + " is \"" + std::string(found.string(index)) + "\", expected \"" +
                  std::string(expected.string(index)) + '"');
    }
    const double error = error_of(number_at(found, i), number_at(expected, i), rtol, atol);
    if (error > difference.worst) difference.worst = error, at = i;
  }
  if (difference.worst > 1) {
    std::ostringstream text;
    text.precision(9);
    text << "element " << at << " is " << number_at(found, at) << ", expected " << number_at(expected, at) << " ("
         << difference.worst << " times the tolerance)";
    difference.message = text.str();
  }
  return difference;
}

}  // namespace keraunos::golden
