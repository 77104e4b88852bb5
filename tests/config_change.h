// Changes one value of a JSON text: integers become extreme, numbers NaN and infinity, texts empty or long, lists empty or
// doubled, types are exchanged, members are removed.
#pragma once

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "loader/files/json.h"

namespace keraunos {

using files::Json;

class Dice {
 public:
  explicit Dice(uint64_t seed) : engine_(seed * 0x9E3779B97F4A7C15u + 1) {}
  size_t below(size_t count) { return count == 0 ? 0 : static_cast<size_t>(engine_() % count); }

 private:
  std::mt19937_64 engine_;
};

constexpr const char* kManyDigits = "@an integer of 300 digits@";  // no Json value can hold it, so the text is edited

inline std::string text_of(const Json& config) {
  std::string text = config.dump();
  const std::string mark = '"' + std::string(kManyDigits) + '"';
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark))
    text.replace(at, mark.size(), std::string(300, '7'));
  return text;
}

inline size_t count_values(const Json& json) {
  size_t count = 1;
  if (json.is_array()) {
    for (const Json& item : json.items()) count += count_values(item);
  }
  if (json.is_object()) {
    for (const auto& [key, value] : json.members()) count += count_values(value);
  }
  return count;
}

inline const Json& value_at(const Json& json, size_t& index) {
  if (index == 0 || (!json.is_array() && !json.is_object())) return json;
  const auto inside = [&](const Json& part) -> const Json* {
    const size_t count = count_values(part);
    if (index > count) {
      index -= count;
      return nullptr;
    }
    index -= 1;
    return &value_at(part, index);
  };
  if (json.is_array()) {
    for (const Json& item : json.items()) {
      if (const Json* found = inside(item)) return *found;
    }
  } else {
    for (const auto& [key, value] : json.members()) {
      if (const Json* found = inside(value)) return *found;
    }
  }
  return json;
}

using Change = std::function<std::optional<Json>(const Json&)>;

// A copy in which value number `left`, counted before its contents, is changed; absent where it is removed.
inline std::optional<Json> changed(const Json& json, int64_t& left, const Change& change) {
  if (left-- == 0) return change(json);
  if (json.is_array()) {
    Json copy = Json::array();
    for (const Json& item : json.items()) {
      if (auto part = changed(item, left, change)) copy.push_back(std::move(*part));
    }
    return copy;
  }
  if (!json.is_object()) return json;
  std::vector<Json::Member> members;
  for (const auto& [key, value] : json.members()) {
    if (auto part = changed(value, left, change)) members.emplace_back(key, std::move(*part));
  }
  return Json::object(std::move(members));
}

inline Json one_of(Dice& dice, const Json& choices) {
  return choices.at(static_cast<int64_t>(dice.below(choices.items().size())));
}

inline Json other_integer(Dice& dice) {
  static const Json all = Json::parse(R"([-1, 0, 1, 2, 3, 7, 255, 65536, 100000000, 2147483647, 2147483648, -2147483649,
      4611686018427387904, 3074457345618258603, -9223372036854775808, 9223372036854775807, "@an integer of 300 digits@"])",
                                      "integers");
  return one_of(dice, all);
}

inline Json other_number(Dice& dice) {
  static const Json all = Json::parse(
      R"([NaN, Infinity, -Infinity, 1e308, -1e308, 1e-308, 0.0, -0.5, 2.0, "@an integer of 300 digits@"])", "numbers");
  return one_of(dice, all);
}

inline Json of_other_type(Dice& dice) {
  static const Json all = Json::parse(
      R"([null, true, false, 0, 1, -1, 0.5, "", "relu", [], {}, "@an integer of 300 digits@", [null, 3], [[1, 2], [3, 4]],
          {"class_name": "Dense", "config": {}}])",
      "values");
  return one_of(dice, all);
}

inline Json doubled(const Json& list) {
  Json copy = list;
  for (const Json& item : list.items()) copy.push_back(item);
  return copy;
}

inline std::optional<Json> other(const Json& value, const Json& config, Dice& dice) {
  const size_t how = dice.below(8);
  if (how == 0) return std::nullopt;
  if (how == 1) return of_other_type(dice);
  if (how == 2) {  // a value from elsewhere in the file
    size_t index = dice.below(count_values(config));
    return value_at(config, index);
  }
  switch (value.kind()) {
    case Json::Kind::integer: return other_integer(dice);
    case Json::Kind::real: return other_number(dice);
    case Json::Kind::string: return how < 6 ? Json("") : Json(std::string(100000, 'a'));
    case Json::Kind::array: return how < 6 ? Json::array() : doubled(value);
    case Json::Kind::object: return Json::object();
    case Json::Kind::boolean: return !value.as_bool();
    case Json::Kind::null: return how < 6 ? other_integer(dice) : other_number(dice);
  }
  return value;
}

}  // namespace keraunos
