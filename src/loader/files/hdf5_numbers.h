// HDF5 describes number formats bit by bit; each description is compared with the formats of DType. h5py writes booleans as an
// enumeration {FALSE, TRUE} of bytes. For both readers.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "keraunos/tensor.h"

namespace keraunos::files {

struct IntegerBits {
  uint64_t bytes, precision, offset;
  bool is_signed;
};
std::optional<DType> dtype_of(const IntegerBits& bits);

struct FloatBits {
  uint64_t bytes = 0, precision = 0, offset = 0, sign_at = 0, exponent_at = 0, exponent = 0, mantissa_at = 0, mantissa = 0,
           bias = 0;
  bool is_implied = false;  ///< the mantissa's leading one is not stored
};
std::optional<DType> dtype_of(const FloatBits& bits);

/// True for the members FALSE = 0 and TRUE = 1.
bool is_boolean(std::string_view name, uint8_t value);

}  // namespace keraunos::files
