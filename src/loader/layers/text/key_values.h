// TensorFlow's lookup tables: a value for each key, in any order. Keras's own tables are in vocabulary.h.
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

#include "keraunos/kernel.h"

namespace keraunos::loader::text {

/// Immutable.
class KeyValues {
 public:
  /// Keys are strings or int64. ModelError, which begins with `where`, where keys and values do not match.
  KeyValues(std::shared_ptr<const Tensor> keys, std::shared_ptr<const Tensor> values, const std::string& where);

  /// The index of a key's value; -1 for an unknown key.
  int64_t place_of(std::string_view key) const;
  int64_t place_of(int64_t key) const;

  DType key_type() const noexcept { return keys_->dtype(); }
  const Tensor& values() const noexcept { return *values_; }
  int64_t size() const noexcept { return static_cast<int64_t>(texts_.size() + integers_.size()); }
  uint64_t hash() const noexcept { return hash_; }
  /// Estimated bytes of a table with that many entries, besides its tensors.
  static int64_t bytes_for(int64_t entries) noexcept { return entries * 64; }

 private:
  std::shared_ptr<const Tensor> keys_, values_;
  std::unordered_map<std::string_view, int64_t> texts_;  // views into keys_
  std::unordered_map<int64_t, int64_t> integers_;
  uint64_t hash_ = 0;
};

/// Keys, and a scalar for unknown keys → values.
std::shared_ptr<const Kernel> find_kernel(std::shared_ptr<const KeyValues> table);

}  // namespace keraunos::loader::text
