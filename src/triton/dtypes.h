// The names of dtypes in Triton's interface and configuration.
#pragma once

#include <string>

#include "keraunos/dtype.h"
#include "triton/abi.h"

namespace keraunos::triton {

TRITONSERVER_DataType data_type_of(DType type) noexcept;
/// "TYPE_FP32"; strings are "TYPE_STRING".
std::string config_name_of(DType type);
/// "FP32"; strings are "BYTES". Used in messages.
std::string name_of(TRITONSERVER_DataType type);

}  // namespace keraunos::triton
