// Where bytes come from. Every reader of this folder takes a ByteSource, so that a file, a member of a zip archive and a block of
// memory are the same thing to it: an HDF5 file inside a `.keras` archive is read from the archive in place.
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
  /// What messages call it: "model.keras", "model.keras/config.json".
  const std::string& name() const noexcept { return name_; }
  /// What is debited for memory that these bytes ask for; without a limit unless the source was opened with one.
  MemoryBudget& budget() const noexcept { return *budget_; }
  const SharedBudget& shared_budget() const noexcept { return budget_; }
  /// Fills `target` with the bytes from `offset` on. ModelError when they lie outside the source or cannot be read.
  void read(int64_t offset, std::span<std::byte> target) const;

 protected:
  ByteSource(int64_t size, std::string name, SharedBudget budget)
      : size_(size), name_(std::move(name)), budget_(std::move(budget)) {}

 private:
  /// `offset` and `target` lie inside the source.
  virtual void read_inside(int64_t offset, std::span<std::byte> target) const = 0;

  int64_t size_;
  std::string name_;
  SharedBudget budget_;
};

using SharedBytes = std::shared_ptr<const ByteSource>;

/// A file, read with pread and never mapped: a file that shrinks while it is mapped would kill the process. ModelError when it
/// cannot be opened or is not a regular file.
SharedBytes open_file(const std::string& path, SharedBudget budget = std::make_shared<MemoryBudget>());
/// A file of a folder that may come from a stranger. ModelError where it, or a folder on the way to it, is a symbolic link.
SharedBytes open_inside(const std::filesystem::path& folder, const std::filesystem::path& inner, SharedBudget budget);
/// ModelError where the bytes are the pointer that Git LFS leaves in place of a file; open_file() asks this.
void refuse_lfs_pointer(const ByteSource& source);
/// Whose budget its maker has debited for `bytes`: `debit` goes with them.
SharedBytes from_memory(std::vector<std::byte> bytes, std::string name, SharedBudget budget = std::make_shared<MemoryBudget>(),
                        Debit debit = {});
/// `size` bytes of another source, whose budget it shares, from `offset` on. ModelError when they lie outside it.
SharedBytes window(SharedBytes source, int64_t offset, int64_t size, std::string name);

/// All bytes of a source as text, for which its budget is debited.
std::string read_text(const ByteSource& source);

}  // namespace keraunos::files
