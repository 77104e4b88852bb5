// Element types of the replaced libraries, and conversion of rows of elements to and from the type of computation.
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

/// The rounding of float32 operands in tensor cores' TF32 mode: ten bits of mantissa, to nearest, ties away from zero.
void round_to_tf32(float* values, int64_t count);

/// Fills the memory that an operation will write with NaN, so that reading it too early, or also using it as an input, gives NaN.
void spoil(Number type, void* base, int64_t first, int64_t stride, int64_t count);

/// True if two ranges of memory overlap.
bool overlap(const void* a, int64_t a_bytes, const void* b, int64_t b_bytes);

}  // namespace standin
