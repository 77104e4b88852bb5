// An unnamed file that weights are moved into, so that their memory can be freed between uses (LoadOptions::scratch_folder).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::files {

/// All methods but `moved` may be called from any thread. No other program can open the file; it disappears with this object.
class ScratchFile {
 public:
  /// Smaller tensors are not moved: a mapping costs the system about as much as it saves.
  static constexpr int64_t kFewestBytes = int64_t{16} << 10;

  /// UsageError where no file can be created in the folder.
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// A tensor of equal contents in the file, valid as long as the tensor lives. UsageError where the disk is full.
  std::shared_ptr<const Tensor> moved(const Tensor& tensor);
  /// Frees the memory of all tensors; the next access reads them from the file.
  void release() const noexcept;
  int64_t bytes() const noexcept { return end_; }

 private:
  struct Mapping {
    void* memory;
    size_t bytes;
  };
  [[noreturn]] void fail(const std::string& what, int error) const;
  void write(const void* data, int64_t bytes);

  std::string folder_;
  int descriptor_ = -1;
  int64_t end_ = 0;
  std::vector<std::pair<std::weak_ptr<void>, Mapping>> mappings_;
};

}  // namespace keraunos::files
