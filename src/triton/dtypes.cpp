#include "triton/dtypes.h"

#include <array>

namespace keraunos::triton {
namespace {

struct NamedType {
  TRITONSERVER_DataType type;
  const char* name;
};

// The elements are in the order of DType.
constexpr std::array<NamedType, 14> kNamedTypes = {{
    {TRITONSERVER_TYPE_FP32, "FP32"},
    {TRITONSERVER_TYPE_FP64, "FP64"},
    {TRITONSERVER_TYPE_FP16, "FP16"},
    {TRITONSERVER_TYPE_BF16, "BF16"},
    {TRITONSERVER_TYPE_INT8, "INT8"},
    {TRITONSERVER_TYPE_UINT8, "UINT8"},
    {TRITONSERVER_TYPE_INT16, "INT16"},
    {TRITONSERVER_TYPE_UINT16, "UINT16"},
    {TRITONSERVER_TYPE_INT32, "INT32"},
    {TRITONSERVER_TYPE_UINT32, "UINT32"},
    {TRITONSERVER_TYPE_INT64, "INT64"},
    {TRITONSERVER_TYPE_UINT64, "UINT64"},
    {TRITONSERVER_TYPE_BOOL, "BOOL"},
    {TRITONSERVER_TYPE_BYTES, "BYTES"},
}};
static_assert(static_cast<size_t>(DType::string) + 1 == kNamedTypes.size() && static_cast<int>(DType::boolean) == 12);

}  // namespace

TRITONSERVER_DataType data_type_of(DType type) noexcept { return kNamedTypes[static_cast<size_t>(type)].type; }

std::string config_name_of(DType type) {
  return std::string("TYPE_") + (type == DType::string ? "STRING" : kNamedTypes[static_cast<size_t>(type)].name);
}

std::string name_of(TRITONSERVER_DataType type) {
  for (const NamedType& known : kNamedTypes) {
    if (known.type == type) return known.name;
  }
  return "unknown type " + std::to_string(static_cast<int>(type));
}

}  // namespace keraunos::triton
