#include "host/graph/extent.h"

#include <algorithm>
#include <string>

#include "keraunos/error.h"

namespace keraunos::host {
namespace {

[[noreturn]] void too_large(int64_t a, const char* sign, int64_t b) {
  throw UsageError("an extent of " + std::to_string(a) + sign + std::to_string(b) + " elements is too large");
}

}  // namespace

int64_t checked_add(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_add_overflow(a, b, &result)) too_large(a, " + ", b);
  return result;
}

int64_t checked_subtract(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_sub_overflow(a, b, &result)) too_large(a, " - ", b);
  return result;
}

int64_t checked_multiply(int64_t a, int64_t b) {
  int64_t result = 0;
  if (__builtin_mul_overflow(a, b, &result)) too_large(a, " * ", b);
  return result;
}

Dim product_of(std::span<const Dim> axes) {
  Dim product{1, false};
  for (const Dim& axis : axes) {
    product.size = checked_multiply(product.size, axis.size);
    product.varies = product.varies || axis.varies;
  }
  return product;
}

Dim sum_of(Dim a, Dim b) { return {checked_add(a.size, b.size), a.varies || b.varies}; }

int64_t reach_of(int64_t size, int64_t dilation) { return checked_add(checked_multiply(checked_subtract(size, 1), dilation), 1); }

std::string text_of(const Shape& shape) {
  std::string text = "(";
  for (size_t axis = 0; axis < shape.size(); ++axis) text += (axis > 0 ? ", " : "") + std::to_string(shape[axis].size);
  return text + (shape.size() == 1 ? ",)" : ")");
}

int64_t checked_elements(const Shape& shape, DType type) {
  if (shape.size() > static_cast<size_t>(Dims::kMaxRank)) {
    throw UsageError("a tensor has at most " + std::to_string(Dims::kMaxRank) + " axes, found the shape " + text_of(shape));
  }
  // The product leaves out extents of 0: (0, 2^60) must not pass, because shapes derived from it may drop the 0.
  int64_t nonzero = 1;
  bool empty = false;
  for (const Dim& dim : shape) {
    if (dim.size < 0) throw UsageError("a tensor cannot have the shape " + text_of(shape) + ": an extent is negative");
    empty = empty || dim.size == 0;
    const bool fits =
        !__builtin_mul_overflow(nonzero, std::max<int64_t>(dim.size, 1), &nonzero) && nonzero <= kMostBytes / size_of(type);
    if (!fits) {
      throw UsageError("a tensor of shape " + text_of(shape) + " of " + std::string(name_of(type)) +
                       " is too large: " + std::to_string(kMostBytes) + " bytes are the most");
    }
  }
  return empty ? 0 : nonzero;
}

}  // namespace keraunos::host
