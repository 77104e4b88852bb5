// A file without a name that weights are moved into, so that their memory can be given back between uses
// (LoadOptions::scratch_folder).
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "keraunos/tensor.h"

namespace keraunos::files {

/// Its methods but `moved` may be called from any thread. No other program can open the file; it ends with this object.
class ScratchFile {
 public:
  /// Smaller tensors stay where they are: a mapping costs the system about as much as it saves.
  static constexpr int64_t kFewestBytes = int64_t{16} << 10;

  /// UsageError where the folder takes no file.
  explicit ScratchFile(const std::filesystem::path& folder);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// A tensor of the same contents in the file, which lives on as long as the tensor does. UsageError where the disk is full.
  std::shared_ptr<const Tensor> moved(const Tensor& tensor);
  /// Gives the memory of all tensors back; whoever reads one has it read from the file again.
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
