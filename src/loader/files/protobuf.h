// The wire format of protocol buffers, as far as SavedModels and NodeDefs need it: reads the fields of one message in order.
// Nothing is copied: bytes are parts of the given text. https://protobuf.dev/programming-guides/encoding/
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keraunos::files {

/// Removes a varint (seven bits per byte) from the front of the bytes; absent where it is truncated or longer than ten bytes.
std::optional<uint64_t> take_varint(std::string_view& bytes) noexcept;

struct ProtoField {
  enum class Kind : uint8_t { integer, fixed64, bytes, fixed32 };
  uint32_t number = 0;
  Kind kind = Kind::integer;
  uint64_t integer = 0;         ///< of a varint or a fixed number
  std::string_view bytes = {};  ///< a text, a message or packed numbers

  int64_t as_int() const noexcept { return static_cast<int64_t>(integer); }
  float as_float() const noexcept;    ///< of a fixed32
  double as_double() const noexcept;  ///< of a fixed64
};

/// Reads the fields of one message. ModelError with `what` where bytes are truncated, a number is too long or a kind is unknown.
class ProtoReader {
 public:
  /// The caller must keep both texts alive.
  ProtoReader(std::string_view message, std::string_view what) noexcept : rest_(message), what_(what) {}
  ProtoReader(std::string_view message, std::string&& what) = delete;
  /// Absent after the last field.
  std::optional<ProtoField> next();

 private:
  uint64_t varint();
  uint64_t fixed(size_t size);
  [[noreturn]] void refuse(const char* why) const;

  std::string_view rest_, what_;
};

/// Numbers packed into one field, or a single number in it.
std::vector<int64_t> packed_integers(const ProtoField& field, std::string_view what);

}  // namespace keraunos::files
