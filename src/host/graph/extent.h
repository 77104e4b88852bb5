// Arithmetic with the extents of tensors. Numbers from a file are checked here: a result outside the bounds is an error with a
// message, never a wrapped number.
#pragma once

#include <cstdint>
#include <span>

#include "keraunos/layer.h"

namespace keraunos::host {

/// The largest size, stride or dilation of a window.
constexpr int64_t kMostWindow = (int64_t{1} << 31) - 1;
/// The bytes of the largest tensor of a graph: 64 TiB. Sums of a few such numbers still fit.
constexpr int64_t kMostBytes = int64_t{1} << 46;

/// a + b, a − b, a · b; UsageError where the result does not fit.
int64_t checked_add(int64_t a, int64_t b);
int64_t checked_subtract(int64_t a, int64_t b);
int64_t checked_multiply(int64_t a, int64_t b);

/// Several axes folded into one; it varies when one of them does.
Dim product_of(std::span<const Dim> axes);
/// Two axes one after the other.
Dim sum_of(Dim a, Dim b);

/// The elements that a window of `size` reaches over: (size − 1) · dilation + 1.
int64_t reach_of(int64_t size, int64_t dilation);

/// The elements of a tensor of at most kMostBytes. UsageError naming the shape for negative extents, for more axes than Dims
/// holds, and for more bytes.
int64_t checked_elements(const Shape& shape, DType type);

/// "(2, 3)", also for a shape that no tensor can have.
std::string text_of(const Shape& shape);

}  // namespace keraunos::host
