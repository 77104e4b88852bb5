// The accessors of Json. Parsing is in json.cpp, writing in json_text.cpp.
#include <unordered_map>

#include "keraunos/error.h"
#include "loader/files/json.h"

namespace keraunos {
namespace {

[[noreturn]] void wrong_kind(std::string_view expected, Json::Kind found) {
  throw ModelError("expected " + std::string(expected) + ", found " + std::string(files::name_of(found)));
}

}  // namespace

template <class T>
const T& Json::get(Kind expected) const {
  const T* found = std::get_if<T>(&value_);
  if (found == nullptr) wrong_kind(files::name_of(expected), kind());
  return *found;
}

Json Json::array() {
  Json result;
  result.value_ = Array{};
  return result;
}

Json Json::object() {
  Json result;
  result.value_ = Object{};
  return result;
}

Json Json::object(std::vector<Member> members) {
  std::unordered_map<std::string, size_t> place;
  place.reserve(members.size());
  Json result;
  auto& object = result.value_.emplace<Object>();
  object.reserve(members.size());
  for (auto& member : members) {
    const auto [found, is_new] = place.emplace(member.first, object.size());
    if (is_new) {
      object.push_back(std::move(member));
    } else {
      object[found->second].second = std::move(member.second);
    }
  }
  return result;
}

bool Json::as_bool() const { return get<bool>(Kind::boolean); }
int64_t Json::as_int() const { return get<int64_t>(Kind::integer); }
double Json::as_double() const { return is_int() ? static_cast<double>(as_int()) : get<double>(Kind::real); }
const std::string& Json::as_string() const { return get<std::string>(Kind::string); }
std::span<const Json> Json::items() const { return get<Array>(Kind::array); }
std::span<const Json::Member> Json::members() const { return get<Object>(Kind::object); }

int64_t Json::size() const {
  if (is_array()) return static_cast<int64_t>(items().size());
  if (is_object()) return static_cast<int64_t>(members().size());
  wrong_kind("a list or an object", kind());
}

const Json* Json::find(std::string_view key) const {
  for (const auto& [name, value] : members()) {
    if (name == key) return &value;
  }
  return nullptr;
}

const Json& Json::operator[](std::string_view key) const {
  const Json* found = find(key);
  if (found == nullptr) throw ModelError("the key '" + std::string(key) + "' is missing");
  return *found;
}

const Json& Json::at(int64_t index) const {
  const auto all = items();
  if (index < 0 || index >= static_cast<int64_t>(all.size())) {
    throw ModelError("a list of " + std::to_string(all.size()) + " has no item " + std::to_string(index));
  }
  return all[static_cast<size_t>(index)];
}

Json& Json::set(std::string key, Json value) {
  if (!is_object()) wrong_kind("an object", kind());
  auto& object = std::get<Object>(value_);
  for (auto& member : object) {
    if (member.first != key) continue;
    member.second = std::move(value);
    return *this;
  }
  object.emplace_back(std::move(key), std::move(value));
  return *this;
}

Json& Json::push_back(Json value) {
  if (!is_array()) wrong_kind("a list", kind());
  std::get<Array>(value_).push_back(std::move(value));
  return *this;
}

namespace files {

std::string_view name_of(Json::Kind kind) noexcept {
  constexpr std::string_view names[] = {"null", "a boolean", "an integer", "a number", "a string", "a list", "an object"};
  return names[static_cast<size_t>(kind)];
}

const Json& without_numpy(const Json& json) {
  if (!json.is_object()) return json;
  const Json *type = json.find("type"), *value = json.find("value");
  return type != nullptr && type->is_string() && value != nullptr && json.size() == 2 ? *value : json;
}

const Json& array_in(const Json& written) {
  const Json& json = without_numpy(written);
  if (!json.is_object()) return json;
  const Json *name = json.find("class_name"), *config = json.find("config");
  const bool is_array =
      name != nullptr && name->is_string() && name->as_string().starts_with("__") && config != nullptr && config->is_object();
  const Json* inside = is_array ? config->find("value") : nullptr;
  return inside == nullptr ? json : *inside;
}

}  // namespace files
}  // namespace keraunos
