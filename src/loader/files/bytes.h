// Sources of bytes. Every reader of this folder takes a ByteSource, so that files, members of a zip archive and blocks of memory
// are read in the same way: an HDF5 file inside a `.keras` archive is read from the archive in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "loader/files/budget.h"

namespace keraunos::files {

/// A fixed number of bytes that can be read at any offset, from any number of threads at once.
class ByteSource {
 public:
  virtual ~ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;

  int64_t size() const noexcept { return size_; }
  /// Its name in messages: "model.keras", "model.keras/config.json".
  const std::string& name() const noexcept { return name_; }
  /// Debited for memory that is allocated for these bytes; without a limit unless the source was opened with one.
  MemoryBudget& budget() const noexcept { return *budget_; }
  const SharedBudget& shared_budget() const noexcept { return budget_; }
  /// Fills `target` with the bytes from `offset` on. ModelError when they lie outside the source or cannot be read.
  void read(int64_t offset, std::span<std::byte> target) const;

 protected:
  ByteSource(int64_t size, std::string name, SharedBudget budget)
      : size_(size), name_(std::move(name)), budget_(std::move(budget)) {}

 private:
  /// `offset` and `target` must lie inside the source.
  virtual void read_inside(int64_t offset, std::span<std::byte> target) const = 0;

  int64_t size_;
  std::string name_;
  SharedBudget budget_;
};

using SharedBytes = std::shared_ptr<const ByteSource>;

/// A file that is read with pread and not mapped, because a file that shrinks while it is mapped would crash the process.
/// ModelError when it cannot be opened or is not a regular file.
SharedBytes open_file(const std::string& path, SharedBudget budget = std::make_shared<MemoryBudget>());
/// A file in a folder from an untrusted source. ModelError where the file, or a folder on its path, is a symbolic link.
SharedBytes open_inside(const std::filesystem::path& folder, const std::filesystem::path& inner, SharedBudget budget);
/// ModelError where the bytes are a Git LFS pointer instead of the file; open_file() calls this.
void refuse_lfs_pointer(const ByteSource& source);
/// The caller has debited the budget for `bytes`; `debit` is kept with them.
SharedBytes from_memory(std::vector<std::byte> bytes, std::string name, SharedBudget budget = std::make_shared<MemoryBudget>(),
                        Debit debit = {});
/// `size` bytes of another source from `offset` on, with its budget. ModelError when they lie outside it.
SharedBytes window(SharedBytes source, int64_t offset, int64_t size, std::string name);

/// All bytes of a source as text; debits its budget.
std::string read_text(const ByteSource& source);

}  // namespace keraunos::files
