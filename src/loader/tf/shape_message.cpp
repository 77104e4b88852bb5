#include "loader/tf/shape_message.h"

#include "loader/files/protobuf.h"

namespace keraunos::loader {

using files::ProtoReader;

std::optional<std::vector<int64_t>> sizes_of_shape(std::string_view message, const std::string& where) {
  std::vector<int64_t> sizes;
  ProtoReader reader(message, where);
  while (const auto field = reader.next()) {
    if (field->number == 3 && field->as_int() != 0) return std::nullopt;
    if (field->number != 2) continue;
    int64_t size = 0;
    ProtoReader dim(field->bytes, where);
    while (const auto part = dim.next()) {
      if (part->number == 1) size = part->as_int();
    }
    sizes.push_back(size);
  }
  return sizes;
}

}  // namespace keraunos::loader
