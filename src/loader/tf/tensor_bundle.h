// A checkpoint of TensorFlow: variables.index, which states the position of each tensor, and the shards
// variables.data-00000-of-00001, …
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "keraunos/tensor.h"
#include "loader/files/bytes.h"

namespace keraunos::loader {

/// Any number of threads may read it at once.
class TensorBundle {
 public:
  /// `prefix` is the path without ".index": inside a model's folder, where links are not followed, or a path that the caller
  /// named (then `folder` is empty). ModelError where a file is missing or damaged.
  TensorBundle(const std::filesystem::path& folder, const std::filesystem::path& prefix, const files::SharedBudget& budget);

  const std::string& name() const noexcept { return name_; }
  bool has(const std::string& key) const { return entries_.contains(key); }
  /// The tensor of a key, with its checksum verified. ModelError where there is none, and for strings, complex numbers and
  /// slices.
  std::shared_ptr<const Tensor> tensor(const std::string& key) const;
  /// The same, including tensors of strings.
  std::shared_ptr<const Tensor> tensor_or_texts(const std::string& key) const;
  /// The single string of a tensor of strings.
  std::string text(const std::string& key) const;

 private:
  struct Entry {
    int64_t type = 0, shard = 0, offset = 0, size = 0;
    std::vector<int64_t> shape{};
    uint32_t checksum = 0;
    bool is_sliced = false;
  };
  Entry entry(const std::string& key) const;
  files::SharedBytes bytes_of(const Entry& entry, const std::string& key) const;
  std::vector<std::string> texts_of(const Entry& entry, const std::string& key) const;

  std::string name_;
  std::map<std::string, std::string> entries_;
  std::vector<files::SharedBytes> shards_;
};

}  // namespace keraunos::loader
