// A layer's config: typed access to its keys.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "keraunos/export.h"

namespace keraunos {

class Json;

/// The integers that a config key may hold, both ends included. An extent of a tensor or a window has int32's largest value at
/// most.
struct Range {
  static constexpr int64_t kMostExtent = (int64_t{1} << 31) - 1;
  int64_t least = 0, most = kMostExtent;
};

/// The numbers that a config key may hold, both ends included. NaN is in no range that has an end.
struct RealRange {
  double least = -std::numeric_limits<double>::infinity(), most = std::numeric_limits<double>::infinity();
};

/// A layer as Keras serialises it: {"class_name": …, "config": {…}}.
class KERAUNOS_API SerialisedLayer {
 public:
  SerialisedLayer() = default;  ///< none
  SerialisedLayer(std::shared_ptr<const Json> json) noexcept : json_(std::move(json)) {}
  /// A layer that stands in no config; `config` is JSON: SerialisedLayer("Dense", R"({"units": 4})"). ModelError where it is not.
  SerialisedLayer(std::string_view class_name, std::string_view config);
  explicit operator bool() const noexcept { return json_ != nullptr; }
  const std::shared_ptr<const Json>& json() const noexcept { return json_; }

 private:
  std::shared_ptr<const Json> json_;
};

/// Typed access to a layer's config. Every error names the layer, the key, the value found and the allowed values.
class KERAUNOS_API Config {
 public:
  Config(const Json& json, std::string where) : json_(&json), where_(std::move(where)) {}
  /// The layer's name in error messages.
  const std::string& where() const noexcept { return where_; }
  /// JSON is opaque to users of the library.
  const Json& json() const noexcept { return *json_; }
  /// The key's value, or nullptr when it is missing or null.
  const Json* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }
  /// True when the config does not hold the key, not even with null.
  bool is_missing(std::string_view key) const;
  int64_t integer(std::string_view key, Range range) const;
  int64_t integer(std::string_view key, int64_t otherwise, Range range) const;
  /// An integer of any size; the caller checks its range.
  int64_t integer(std::string_view key) const;
  int64_t integer(std::string_view key, int64_t otherwise) const;
  double number(std::string_view key, double otherwise) const;
  /// `otherwise` where the key is missing; null is refused, as in Keras.
  double number(std::string_view key, double otherwise, RealRange range) const;
  /// null is false, as in Python.
  bool flag(std::string_view key, bool otherwise) const;
  std::string text(std::string_view key, std::string_view otherwise) const;
  /// One of the texts in `known`, `otherwise` where the key is missing; any other text, and null, is refused with a list of
  /// `known`.
  std::string text(std::string_view key, std::string_view otherwise, std::initializer_list<std::string_view> known) const;
  /// A list of integers; one integer stands for `count` equal ones when count > 0.
  std::vector<int64_t> integers(std::string_view key, int count = 0) const;
  std::vector<int64_t> integers(std::string_view key, int count, Range range) const;
  /// Refuses a value of the key that is outside the range.
  void check(std::string_view key, int64_t value, Range range) const;
  void check(std::string_view key, double value, RealRange range) const;
  /// A nested object, or each of a list of them, as a Config of its own.
  Config object(std::string_view key) const;
  std::vector<Config> objects(std::string_view key) const;
  /// A serialised layer, or each of a list of them, for a LayerDef::children whose layers are in the config.
  SerialisedLayer layer(std::string_view key) const;
  std::vector<SerialisedLayer> layers(std::string_view key) const;
  [[noreturn]] void fail(std::string_view key, const std::string& expected) const;

 private:
  const Json* json_;
  std::string where_;
};

}  // namespace keraunos
