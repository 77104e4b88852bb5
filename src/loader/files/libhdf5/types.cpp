// HDF5 describes numbers bit by bit; each description is compared with the few that machines have. h5py writes booleans as an
// enumeration {FALSE, TRUE} of bytes, and Keras writes bfloat16 as two opaque bytes with an attribute that names the type.
#include "loader/files/libhdf5/types.h"

#include <array>
#include <optional>
#include <string_view>

namespace keraunos::files {
namespace {

std::optional<DType> integer_of(hid_t type) {
  const size_t size = H5Tget_size(type);
  if (H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0) return std::nullopt;
  const bool is_signed = H5Tget_sign(type) == H5T_SGN_2;
  switch (size) {
    case 1: return is_signed ? DType::int8 : DType::uint8;
    case 2: return is_signed ? DType::int16 : DType::uint16;
    case 4: return is_signed ? DType::int32 : DType::uint32;
    case 8: return is_signed ? DType::int64 : DType::uint64;
    default: return std::nullopt;
  }
}

std::optional<DType> float_of(hid_t type) {
  struct Layout {
    DType dtype;
    size_t size, exponent, mantissa, bias;
  };
  constexpr Layout kLayouts[] = {{DType::float16, 2, 5, 10, 15},
                                 {DType::bfloat16, 2, 8, 7, 127},
                                 {DType::float32, 4, 8, 23, 127},
                                 {DType::float64, 8, 11, 52, 1023}};
  size_t sign = 0, exponent_at = 0, exponent = 0, mantissa_at = 0, mantissa = 0;
  if (H5Tget_fields(type, &sign, &exponent_at, &exponent, &mantissa_at, &mantissa) < 0) return std::nullopt;
  const size_t size = H5Tget_size(type);
  const bool packed = mantissa_at == 0 && exponent_at == mantissa && sign == mantissa + exponent && sign + 1 == 8 * size;
  if (!packed || H5Tget_offset(type) != 0 || H5Tget_norm(type) != H5T_NORM_IMPLIED) return std::nullopt;
  for (const Layout& layout : kLayouts) {
    const bool same = layout.size == size && layout.exponent == exponent && layout.mantissa == mantissa;
    if (same && H5Tget_ebias(type) == layout.bias) return layout.dtype;
  }
  return std::nullopt;
}

std::optional<DType> enumeration_of(hid_t type) {
  if (H5Tget_size(type) != 1 || H5Tget_nmembers(type) != 2) return std::nullopt;
  constexpr std::array<std::string_view, 2> kNames = {"FALSE", "TRUE"};
  for (unsigned i = 0; i < 2; ++i) {
    char* name = H5Tget_member_name(type, i);
    uint8_t value = 0;
    const bool same = name != nullptr && H5Tget_member_value(type, i, &value) >= 0 && value < 2 && name == kNames[value];
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
