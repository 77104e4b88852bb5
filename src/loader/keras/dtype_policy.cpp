#include "loader/keras/dtype_policy.h"

#include <array>

#include "keraunos/error.h"

namespace keraunos::loader {
namespace {

DtypePolicy named(const std::string& name, const std::string& where) {
  if (name == "mixed_float16") return {name, DType::float16, DType::float32};
  if (name == "mixed_bfloat16") return {name, DType::bfloat16, DType::float32};
  // "int8_from_float32", "int4/128_from_…": quantised kernels, everything else follows the source policy.
  if (const size_t from = name.find("_from_"); from != std::string::npos) {
    DtypePolicy policy = named(name.substr(from + 6), where);
    policy.name = name;
    return policy;
  }
  const std::optional<DType> type = dtype_named(name);
  if (!type) throw ModelError(where + ": the dtype \"" + name + "\" is not one that tensors have");
  return {name, *type, *type};
}

}  // namespace

std::optional<DType> dtype_named(std::string_view name) {
  constexpr std::array kTypes{DType::float32, DType::float64, DType::float16, DType::bfloat16, DType::int8,
                              DType::uint8,   DType::int16,   DType::uint16,  DType::int32,    DType::uint32,
                              DType::int64,   DType::uint64,  DType::boolean, DType::string};
  for (DType type : kTypes) {
    if (name_of(type) == name) return type;
  }
  if (name == "half") return DType::float16;
  if (name == "float") return DType::float32;
  if (name == "double") return DType::float64;
  if (name == "boolean") return DType::boolean;
  if (name == "int") return DType::int32;
  return std::nullopt;
}

DtypePolicy parse_policy(const files::Json* json, const std::string& where) {
  if (json == nullptr || json->is_null()) return {};
  if (json->is_string()) return named(json->as_string(), where);
  if (!json->is_object()) throw ModelError(where + ": expected a dtype, found " + std::string(files::name_of(json->kind())));
  const files::Json* config = json->find("config");
  if (config == nullptr || !config->is_object()) throw ModelError(where + ": a dtype policy without config");
  if (const files::Json* name = config->find("name"); name != nullptr && name->is_string())
    return named(name->as_string(), where);
  // Quantised policies state a mode and the policy they are derived from; a policy map states the default of its layers.
  if (const files::Json* fallback = config->find("default_policy")) return parse_policy(fallback, where);
  const files::Json* source = config->find("source_name");
  DtypePolicy policy = source != nullptr && source->is_string() ? named(source->as_string(), where) : DtypePolicy{};
  if (const files::Json* mode = config->find("mode"); mode != nullptr && mode->is_string())
    policy.name = mode->as_string() + "_from_" + policy.name;
  return policy;
}

}  // namespace keraunos::loader
