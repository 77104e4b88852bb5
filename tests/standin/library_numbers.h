// Element types of the libraries that are stood in for, and rows of elements to and from the type that is computed in.
#pragma once

#include <cstdint>

namespace standin {

enum class Number : uint8_t { float32, float64, float16, bfloat16, int8, int32 };

int64_t bytes_of(Number type);

/// into[i] = base[first + i·stride], for `count` elements.
void load(Number type, const void* base, int64_t first, int64_t stride, int64_t count, float* into);
void load(Number type, const void* base, int64_t first, int64_t stride, int64_t count, double* into);

/// base[first + i·stride] = from[i], rounded to nearest even; integers saturate.
void store(Number type, void* base, int64_t first, int64_t stride, int64_t count, const float* from);
void store(Number type, void* base, int64_t first, int64_t stride, int64_t count, const double* from);

/// As tensor cores read float32 in their TF32 mode: ten bits of mantissa, rounded to nearest, ties away from zero.
void round_to_tf32(float* values, int64_t count);

/// Fills what an operation will write, so that whoever reads it too early, or gives it as an input as well, gets NaN.
void spoil(Number type, void* base, int64_t first, int64_t stride, int64_t count);

/// Whether two ranges of memory share a byte.
bool overlap(const void* a, int64_t a_bytes, const void* b, int64_t b_bytes);

}  // namespace standin
