// Dtypes as Triton's interface and its configuration name them.
#pragma once

#include <string>

#include "keraunos/dtype.h"
#include "triton/abi.h"

namespace keraunos::triton {

TRITONSERVER_DataType data_type_of(DType type) noexcept;
/// "TYPE_FP32"; of strings "TYPE_STRING".
std::string config_name_of(DType type);
/// "FP32"; of strings "BYTES". For messages.
std::string name_of(TRITONSERVER_DataType type);

}  // namespace keraunos::triton
