// Example: 1 features. Features: 1 feature (a map: 1 key, 2 Feature). Feature: 1 bytes_list, 2 float_list, 3 int64_list, each
// with 1 value, whose numbers may be packed.
#include "loader/files/example.h"

#include <bit>
#include <cstring>

#include "keraunos/error.h"
#include "loader/files/protobuf.h"

namespace keraunos::files {
namespace {

ExampleReals packed_reals(const ProtoField& field, std::string_view what) {
  if (field.kind != ProtoField::Kind::bytes) return {field.as_float()};
  if (field.bytes.size() % sizeof(float) != 0)
    throw ModelError(std::string(what) + ": damaged protocol buffer: a number is cut off");
  ExampleReals numbers(field.bytes.size() / sizeof(float));
  static_assert(std::endian::native == std::endian::little);
  if (!numbers.empty()) std::memcpy(numbers.data(), field.bytes.data(), field.bytes.size());
  return numbers;
}

template <class List, class Read>
List list_of(std::string_view message, std::string_view what, Read read) {
  List list;
  ProtoReader reader(message, what);
  while (const auto field = reader.next()) {
    if (field->number != 1) continue;
    const List part = read(*field);
    list.insert(list.end(), part.begin(), part.end());
  }
  return list;
}

ExampleValues values_of(std::string_view feature, std::string_view what) {
  ExampleValues values;
  ProtoReader reader(feature, what);
  while (const auto field = reader.next()) {
    if (field->number == 1)
      values = list_of<ExampleTexts>(field->bytes, what, [](const ProtoField& one) { return ExampleTexts{one.bytes}; });
    if (field->number == 2)
      values = list_of<ExampleReals>(field->bytes, what, [&](const ProtoField& one) { return packed_reals(one, what); });
    if (field->number == 3)
      values = list_of<ExampleIntegers>(field->bytes, what, [&](const ProtoField& one) { return packed_integers(one, what); });
  }
  return values;
}

}  // namespace

std::map<std::string_view, ExampleValues> features_of_example(std::string_view message, std::string_view what) {
  std::map<std::string_view, ExampleValues> features;
  ProtoReader example(message, what);
  while (const auto list = example.next()) {
    if (list->number != 1) continue;
    ProtoReader entries(list->bytes, what);
    while (const auto entry = entries.next()) {
      if (entry->number != 1) continue;
      std::string_view key, feature;
      ProtoReader parts(entry->bytes, what);
      while (const auto part = parts.next()) {
        if (part->number == 1) key = part->bytes;
        if (part->number == 2) feature = part->bytes;
      }
      features[key] = values_of(feature, what);
    }
  }
  return features;
}

}  // namespace keraunos::files
