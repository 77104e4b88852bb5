// JSON as Python's json module writes and reads it, as a small value type. No JSON library is included here, because its header
// takes seconds to compile.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace keraunos {

namespace files {
class MemoryBudget;
}

/// A JSON value. Objects keep the order of their members. An accessor for the wrong kind throws a ModelError with both kinds.
class Json {
 public:
  enum class Kind : uint8_t { null, boolean, integer, real, string, array, object };
  using Member = std::pair<std::string, Json>;

  /// The largest nesting depth of arrays and objects in a file.
  static constexpr int kMaxDepth = 200;
  /// The largest number of values in a text: a gigabyte of memory.
  static constexpr int64_t kMaxValues = 10'000'000;

  Json() = default;
  Json(std::nullptr_t) {}
  Json(bool value) : value_(value) {}
  template <std::signed_integral T>
  Json(T value) : value_(int64_t{value}) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  static Json array();
  static Json object();
  /// Where a key occurs twice, the last value replaces the first in its place, as in a Python dict.
  static Json object(std::vector<Member> members);

  /// Reads what Python's json reads: NaN, Infinity and -Infinity are numbers, the last of equal keys wins, integers beyond int64
  /// become doubles. `what` names the text in errors. ModelError with line and column for anything else, for text that is not
  /// UTF-8, for nesting deeper than kMaxDepth and for more than kMaxValues values. `budget` is debited for the values.
  static Json parse(std::string_view text, std::string_view what, files::MemoryBudget* budget = nullptr);

  Kind kind() const noexcept { return static_cast<Kind>(value_.index()); }
  bool is_null() const noexcept { return kind() == Kind::null; }
  bool is_bool() const noexcept { return kind() == Kind::boolean; }
  bool is_int() const noexcept { return kind() == Kind::integer; }
  bool is_double() const noexcept { return kind() == Kind::real; }
  bool is_number() const noexcept { return is_int() || is_double(); }
  bool is_string() const noexcept { return kind() == Kind::string; }
  bool is_array() const noexcept { return kind() == Kind::array; }
  bool is_object() const noexcept { return kind() == Kind::object; }

  bool as_bool() const;
  int64_t as_int() const;
  double as_double() const;  ///< converts integers
  const std::string& as_string() const;

  std::span<const Json> items() const;                 ///< of an array
  std::span<const Member> members() const;             ///< of an object
  int64_t size() const;                                ///< of an array or an object
  const Json* find(std::string_view key) const;        ///< of an object; nullptr when it has no such member
  const Json& operator[](std::string_view key) const;  ///< of an object; ModelError that names the key when it is missing
  const Json& operator[](const char* key) const { return (*this)[std::string_view(key)]; }
  const Json& at(int64_t index) const;  ///< of an array
  template <std::integral T>
  const Json& operator[](T index) const {
    return at(static_cast<int64_t>(index));
  }

  /// Adds a member to an object or replaces an existing one in its place.
  Json& set(std::string key, Json value);
  Json& push_back(Json value);

  /// Compact text without spaces; doubles are read back equal and keep a point or exponent; NaN and infinities as in Python.
  std::string dump() const;
  /// With one member per line, indented by two spaces.
  std::string pretty() const;

  friend bool operator==(const Json&, const Json&) = default;

 private:
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;

  template <class T>
  const T& get(Kind expected) const;

  std::variant<std::monostate, bool, int64_t, double, std::string, Array, Object> value_;  // in the order of Kind
};

namespace files {

using keraunos::Json;

/// "a string", "a list" (an array, in Keras's terms), … for messages.
std::string_view name_of(Json::Kind kind) noexcept;

/// The contents of a NumPy array or scalar in a config as Keras up to 2.2 and TensorFlow 1 write it: {"type": "ndarray", "value":
/// …}. Returns any other value unchanged.
const Json& without_numpy(const Json& json);

/// The same, and also for {"class_name": "__numpy__" or "__tensor__", "config": {"value": …}} of later versions.
const Json& array_in(const Json& json);

}  // namespace files
}  // namespace keraunos
