// Config: typed access to a layer's config. Messages name the layer, the key, the expected and the found value.
#include <algorithm>
#include <cmath>

#include "keraunos/error.h"
#include "keraunos/layer.h"
#include "keraunos/saved_config.h"
#include "loader/files/json.h"

namespace keraunos {

using files::Json;

namespace {

// A number, or an array of one number: [0.2], as Keras 2.15 writes the slope of ReLU.
const Json& number_in(const Json& json) {
  const Json* value = &files::array_in(json);
  while (value->is_array() && value->size() == 1) value = &value->at(0);
  return *value;
}

// "3.0" is an integer if Python computed it.
std::optional<int64_t> integer_in(const Json& written) {
  const Json& json = number_in(written);
  if (json.is_int()) return json.as_int();
  if (json.is_bool()) return json.as_bool() ? 1 : 0;
  if (!json.is_double()) return std::nullopt;
  const double value = json.as_double();
  if (!(value >= -9e15 && value <= 9e15) || value != static_cast<double>(static_cast<int64_t>(value))) return std::nullopt;
  return static_cast<int64_t>(value);
}

// The elements of a list, or of a tuple as Keras 2 wraps it: {"class_name": "__tuple__", "items": […]}.
std::optional<std::span<const Json>> list_in(const Json& written) {
  const Json& json = files::array_in(written);
  if (json.is_array()) return json.items();
  if (!json.is_object()) return std::nullopt;
  const Json* items = json.find("items");
  if (items != nullptr && items->is_array()) return items->items();
  return std::nullopt;
}

}  // namespace

const Json* Config::find(std::string_view key) const {
  if (!json_->is_object()) return nullptr;
  const Json* value = json_->find(key);
  return value == nullptr || value->is_null() ? nullptr : &files::without_numpy(*value);
}

bool Config::is_missing(std::string_view key) const { return !json_->is_object() || json_->find(key) == nullptr; }

void Config::fail(std::string_view key, const std::string& expected) const {
  const Json* value = find(key);
  std::string found = is_missing(key) ? "nothing" : value == nullptr ? "null" : value->dump();
  if (found.size() > 80) found = found.substr(0, 77) + "...";
  throw ModelError(where_ + ": config key \"" + std::string(key) + "\" should be " + expected + ", found " + found);
}

int64_t Config::integer(std::string_view key) const {
  const Json* value = find(key);
  const std::optional<int64_t> result = value == nullptr ? std::nullopt : integer_in(*value);
  if (!result) fail(key, "an integer");
  return *result;
}

int64_t Config::integer(std::string_view key, int64_t otherwise) const { return has(key) ? integer(key) : otherwise; }

void Config::check(std::string_view key, int64_t value, Range range) const {
  if (value >= range.least && value <= range.most) return;
  throw ModelError(where_ + ", key \"" + std::string(key) + "\": " + std::to_string(value) + " is not between " +
                   std::to_string(range.least) + " and " + std::to_string(range.most));
}

void Config::check(std::string_view key, double value, RealRange range) const {
  const bool has_end = std::isfinite(range.least) || std::isfinite(range.most);
  if (!has_end || (value >= range.least && value <= range.most)) return;
  const std::string allowed = std::isfinite(range.most)
                                  ? "between " + Json(range.least).dump() + " and " + Json(range.most).dump()
                                  : Json(range.least).dump() + " or more";
  throw ModelError(where_ + ", key \"" + std::string(key) + "\": " + Json(value).dump() + " is not " + allowed);
}

int64_t Config::integer(std::string_view key, Range range) const {
  const int64_t value = integer(key);
  check(key, value, range);
  return value;
}

int64_t Config::integer(std::string_view key, int64_t otherwise, Range range) const {
  return has(key) ? integer(key, range) : otherwise;
}

double Config::number(std::string_view key, double otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return otherwise;
  const Json& number = number_in(*value);
  if (number.is_bool()) return number.as_bool() ? 1 : 0;
  if (!number.is_number()) fail(key, "a number");
  return number.as_double();
}

double Config::number(std::string_view key, double otherwise, RealRange range) const {
  if (is_missing(key)) return otherwise;
  if (!has(key)) fail(key, "a number");
  const double value = number(key, otherwise);
  check(key, value, range);
  return value;
}

// Python's truth, as Keras uses it: numbers except 0 and non-empty texts and lists are true.
bool Config::flag(std::string_view key, bool otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return is_missing(key) && otherwise;
  const Json& flag = files::array_in(*value);
  if (flag.is_bool()) return flag.as_bool();
  if (flag.is_number()) return flag.as_double() != 0;
  if (flag.is_string()) return !flag.as_string().empty();
  if (flag.is_array()) return flag.size() > 0;
  fail(key, "true or false");
}

std::string Config::text(std::string_view key, std::string_view otherwise) const {
  const Json* value = find(key);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) fail(key, "a string");
  return value->as_string();
}

std::string Config::text(std::string_view key, std::string_view otherwise, std::initializer_list<std::string_view> known) const {
  if (is_missing(key)) return std::string(otherwise);
  const Json* value = find(key);
  if (value != nullptr && value->is_string() && std::find(known.begin(), known.end(), value->as_string()) != known.end())
    return value->as_string();
  std::string expected;
  for (size_t i = 0; i < known.size(); ++i) {
    if (i > 0) expected += i + 1 == known.size() ? " or " : ", ";
    expected += '"' + std::string(known.begin()[i]) + '"';
  }
  fail(key, expected);
}

std::vector<int64_t> Config::integers(std::string_view key, int count) const {
  const Json* value = find(key);
  if (value == nullptr) fail(key, "a list of integers");
  if (const auto single = value->is_array() ? std::nullopt : integer_in(*value))
    return std::vector<int64_t>(count > 0 ? static_cast<size_t>(count) : 1, *single);
  const auto items = list_in(*value);
  if (!items) fail(key, "a list of integers");
  std::vector<int64_t> result;
  for (const Json& item : *items) {
    const auto element = item.is_array() ? std::nullopt : integer_in(item);
    if (!element) fail(key, "a list of integers");
    result.push_back(*element);
  }
  if (count > 0 && static_cast<int>(result.size()) != count) fail(key, "a list of " + std::to_string(count) + " integers");
  return result;
}

std::vector<int64_t> Config::integers(std::string_view key, int count, Range range) const {
  std::vector<int64_t> values = integers(key, count);
  for (int64_t value : values) check(key, value, range);
  return values;
}

Config Config::object(std::string_view key) const {
  const Json* value = find(key);
  if (value == nullptr || !value->is_object()) fail(key, "an object");
  return {*value, where_ + ", \"" + std::string(key) + '"'};
}

std::vector<Config> Config::objects(std::string_view key) const {
  const Json* value = find(key);
  const auto items = value == nullptr ? std::nullopt : list_in(*value);
  if (!items || !std::all_of(items->begin(), items->end(), [](const Json& item) { return item.is_object(); }))
    fail(key, "a list of objects");
  std::vector<Config> objects;
  for (const Json& item : *items) objects.emplace_back(item, where_ + ", \"" + std::string(key) + '"');
  return objects;
}

SerialisedLayer Config::layer(std::string_view key) const { return std::make_shared<const Json>(object(key).json()); }

std::vector<SerialisedLayer> Config::layers(std::string_view key) const {
  std::vector<SerialisedLayer> layers;
  for (const Config& layer : objects(key)) layers.emplace_back(std::make_shared<const Json>(layer.json()));
  return layers;
}

SerialisedLayer::SerialisedLayer(std::string_view class_name, std::string_view config) {
  Json layer = Json::object();
  layer.set("class_name", class_name).set("config", Json::parse(config, "the config of a " + std::string(class_name)));
  json_ = std::make_shared<const Json>(std::move(layer));
}

std::string config_text(const Config& config) { return config.json().dump(); }

}  // namespace keraunos
