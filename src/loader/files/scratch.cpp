#include "loader/files/scratch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "keraunos/error.h"

namespace keraunos::files {
namespace {

int64_t whole_pages(int64_t bytes) {
  static const int64_t page = ::sysconf(_SC_PAGESIZE);
  return (bytes + page - 1) / page * page;
}

}  // namespace

ScratchFile::ScratchFile(const std::filesystem::path& folder) : folder_(folder.string()) {
  std::string path = (folder / "keraunos-XXXXXX").string();
  descriptor_ = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("takes no file", errno);
  ::unlink(path.c_str());  // from here on no other program can open it
}

ScratchFile::~ScratchFile() { ::close(descriptor_); }

void ScratchFile::fail(const std::string& what, int error) const {
  throw UsageError("LoadOptions::scratch_folder (--scratch), '" + folder_ + "', " + what + ": " +
                   std::generic_category().message(error));
}

void ScratchFile::write(const void* data, int64_t bytes) {
  const auto* from = static_cast<const std::byte*>(data);
  for (int64_t done = 0; done < bytes;) {
    const ssize_t count = ::pwrite(descriptor_, from + done, static_cast<size_t>(bytes - done), static_cast<off_t>(end_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("has no place for " + std::to_string(end_ + bytes) + " bytes of weights", errno);
    done += count;
  }
}

std::shared_ptr<const Tensor> ScratchFile::moved(const Tensor& tensor) {
  const int64_t bytes = tensor.bytes();
  write(tensor.data(), bytes);
  const Mapping mapping{::mmap(nullptr, static_cast<size_t>(bytes), PROT_READ, MAP_SHARED, descriptor_, static_cast<off_t>(end_)),
                        static_cast<size_t>(bytes)};
  if (mapping.memory == MAP_FAILED) fail("holds a file that cannot be mapped", errno);
  std::shared_ptr<void> memory(mapping.memory, [size = mapping.bytes](void* start) { ::munmap(start, size); });
  mappings_.emplace_back(memory, mapping);
  end_ += whole_pages(bytes);
  return std::make_shared<const Tensor>(Tensor::adopted(std::move(memory), tensor.dtype(), tensor.dims()));
}

void ScratchFile::release() const noexcept {
  for (const auto& [owner, mapping] : mappings_) {
    const std::shared_ptr<void> alive = owner.lock();
    if (alive != nullptr) ::madvise(mapping.memory, mapping.bytes, MADV_DONTNEED);
  }
}

}  // namespace keraunos::files
