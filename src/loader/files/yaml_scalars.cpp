#include "loader/files/yaml_scalars.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <string_view>

namespace keraunos::files {
namespace {

template <size_t count>
bool is_one_of(std::string_view text, const std::array<std::string_view, count>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

constexpr std::array<std::string_view, 5> kNulls{"", "~", "null", "Null", "NULL"};
constexpr std::array<std::string_view, 9> kTrue{"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"};
constexpr std::array<std::string_view, 9> kFalse{"false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"};
constexpr std::array<std::string_view, 6> kInfinite{".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"};
constexpr std::array<std::string_view, 3> kNegative{"-.inf", "-.Inf", "-.INF"};
constexpr std::array<std::string_view, 3> kNan{".nan", ".NaN", ".NAN"};

std::string_view unsigned_part(std::string_view text) { return text.starts_with('+') ? text.substr(1) : text; }

bool is_integer(std::string_view text, int64_t& value) {
  const std::string_view digits = unsigned_part(text);
  const std::string_view after_sign = digits.starts_with('-') ? digits.substr(1) : digits;
  if (after_sign.size() > 1 && after_sign.starts_with('0')) return false;  // octal in YAML 1.1; PyYAML writes none
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return !digits.empty() && result.ec == std::errc{} && result.ptr == digits.data() + digits.size();
}

// A real number has a point: in YAML 1.1 `1e-3` is a text.
bool is_real(std::string_view text, double& value) {
  const std::string_view number = unsigned_part(text);
  if (number.find('.') == std::string_view::npos || number.find_first_not_of("0123456789.eE+-") != std::string_view::npos)
    return false;
  const auto result = std::from_chars(number.data(), number.data() + number.size(), value);
  return result.ec == std::errc{} && result.ptr == number.data() + number.size();
}

}  // namespace

Json yaml_scalar(const std::string& text) {
  if (is_one_of(text, kNulls)) return nullptr;
  if (is_one_of(text, kTrue)) return true;
  if (is_one_of(text, kFalse)) return false;
  if (is_one_of(text, kInfinite)) return std::numeric_limits<double>::infinity();
  if (is_one_of(text, kNegative)) return -std::numeric_limits<double>::infinity();
  if (is_one_of(text, kNan)) return std::numeric_limits<double>::quiet_NaN();
  int64_t whole = 0;
  if (is_integer(text, whole)) return whole;
  double real = 0;
  if (is_real(text, real)) return real;
  return text;
}

}  // namespace keraunos::files
