// Keras writes bfloat16 as two opaque bytes with an attribute that names the type.
#include "loader/files/libhdf5/types.h"

#include <array>
#include <optional>
#include <string_view>

#include "loader/files/hdf5_numbers.h"

namespace keraunos::files {
namespace {

std::optional<DType> integer_of(hid_t type) {
  return dtype_of(IntegerBits{.bytes = H5Tget_size(type),
                              .precision = H5Tget_precision(type),
                              .offset = static_cast<uint64_t>(H5Tget_offset(type)),
                              .is_signed = H5Tget_sign(type) == H5T_SGN_2});
}

std::optional<DType> float_of(hid_t type) {
  size_t sign = 0, exponent_at = 0, exponent = 0, mantissa_at = 0, mantissa = 0;
  if (H5Tget_fields(type, &sign, &exponent_at, &exponent, &mantissa_at, &mantissa) < 0) return std::nullopt;
  return dtype_of(FloatBits{.bytes = H5Tget_size(type),
                            .precision = H5Tget_precision(type),
                            .offset = static_cast<uint64_t>(H5Tget_offset(type)),
                            .sign_at = sign,
                            .exponent_at = exponent_at,
                            .exponent = exponent,
                            .mantissa_at = mantissa_at,
                            .mantissa = mantissa,
                            .bias = H5Tget_ebias(type),
                            .is_implied = H5Tget_norm(type) == H5T_NORM_IMPLIED});
}

std::optional<DType> enumeration_of(hid_t type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return std::nullopt;
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    uint8_t value = 0;
    const bool same = name != nullptr && H5Tget_member_value(type, i, &value) >= 0 && is_boolean(name, value);
    H5free_memory(name);
    if (!same) return std::nullopt;
  }
  return DType::boolean;
}

bool says_bfloat16(hid_t dataset, const std::string& where) {
  if (H5Aexists(dataset, "dtype") <= 0) return false;
  const Hid attribute = checked(H5Aopen(dataset, "dtype", H5P_DEFAULT), H5Aclose, where);
  const Hid type = checked(H5Aget_type(attribute.get()), H5Tclose, where);
  const Hid space = checked(H5Aget_space(attribute.get()), H5Sclose, where);
  if (H5Tget_class(type.get()) != H5T_STRING || H5Sget_simple_extent_npoints(space.get()) != 1) return false;
  constexpr std::string_view kName = "bfloat16";
  if (H5Tis_variable_str(type.get()) <= 0) {
    std::array<char, 64> text{};
    if (H5Tget_size(type.get()) >= text.size()) return false;
    checked(H5Aread(attribute.get(), type.get(), text.data()), where);
    return kName == text.data();
  }
  char* text = nullptr;
  checked(H5Aread(attribute.get(), type.get(), &text), where);
  const bool same = text != nullptr && kName == text;
  H5free_memory(text);
  return same;
}

std::optional<DType> dtype_of_elements(hid_t dataset, hid_t type, const std::string& where) {
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: return integer_of(type);
    case H5T_FLOAT: return float_of(type);
    case H5T_ENUM: return enumeration_of(type);
    case H5T_OPAQUE:
      return H5Tget_size(type) == 2 && says_bfloat16(dataset, where) ? std::optional(DType::bfloat16) : std::nullopt;
    default: return std::nullopt;
  }
}

}  // namespace

ElementType element_type(const Hid& dataset, const std::string& where) {
  ElementType result;
  result.file_type = checked(H5Dget_type(dataset.get()), H5Tclose, "cannot read " + where);
  const hid_t type = result.file_type.get();
  const auto dtype = dtype_of_elements(dataset.get(), type, where);
  if (!dtype) throw ModelError("the dataset " + where + " holds elements that are no numbers Keras has");
  result.dtype = *dtype;
  const H5T_class_t kind = H5Tget_class(type);
  const bool has_order = kind == H5T_INTEGER || kind == H5T_FLOAT;
  const H5T_order_t order = has_order ? H5Tget_order(type) : H5T_ORDER_LE;
  if (order != H5T_ORDER_LE && order != H5T_ORDER_BE) throw ModelError("the dataset " + where + " has an unknown byte order");
  result.is_big_endian = order == H5T_ORDER_BE && size_of(*dtype) > 1;
  return result;
}

}  // namespace keraunos::files
