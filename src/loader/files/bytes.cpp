#include "loader/files/bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>

#include "keraunos/error.h"

namespace keraunos::files {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

class File final : public ByteSource {
 public:
  File(int descriptor, int64_t size, std::string path, SharedBudget budget)
      : ByteSource(size, std::move(path), std::move(budget)), descriptor_(descriptor) {}
  ~File() override { ::close(descriptor_); }

 private:
  void read_inside(int64_t offset, std::span<std::byte> target) const override {
    while (!target.empty()) {
      const ssize_t count = ::pread(descriptor_, target.data(), target.size(), static_cast<off_t>(offset));
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) throw ModelError("cannot read '" + name() + "' at byte " + std::to_string(offset) + ": " + reason(errno));
      if (count == 0)
        throw ModelError("'" + name() + "' became shorter while it was read: it ends at byte " + std::to_string(offset));
      target = target.subspan(static_cast<size_t>(count));
      offset += count;
    }
  }

  int descriptor_;
};

class Memory final : public ByteSource {
 public:
  Memory(std::vector<std::byte> bytes, std::string name, SharedBudget budget, Debit debit)
      : ByteSource(static_cast<int64_t>(bytes.size()), std::move(name), std::move(budget)),
        bytes_(std::move(bytes)),
        debit_(std::move(debit)) {}

 private:
  void read_inside(int64_t offset, std::span<std::byte> target) const override {
    if (!target.empty()) std::memcpy(target.data(), bytes_.data() + offset, target.size());
  }

  std::vector<std::byte> bytes_;
  Debit debit_;  // destroyed before the budget in the base
};

class Window final : public ByteSource {
 public:
  Window(SharedBytes source, int64_t offset, int64_t size, std::string name)
      : ByteSource(size, std::move(name), source->shared_budget()), source_(std::move(source)), offset_(offset) {}

 private:
  void read_inside(int64_t offset, std::span<std::byte> target) const override { source_->read(offset_ + offset, target); }

  SharedBytes source_;
  int64_t offset_;
};

void check_range(const ByteSource& source, int64_t offset, int64_t size, std::string_view what) {
  if (offset >= 0 && size >= 0 && offset <= source.size() && size <= source.size() - offset) return;
  throw ModelError("'" + source.name() + "' has " + std::to_string(source.size()) + " bytes, but " + std::string(what) +
                   " needs " + std::to_string(size) + " bytes at byte " + std::to_string(offset) +
                   "; the file is cut short or damaged");
}

}  // namespace

void ByteSource::read(int64_t offset, std::span<std::byte> target) const {
  check_range(*this, offset, static_cast<int64_t>(target.size()), "a read");
  read_inside(offset, target);
}

SharedBytes open_file(const std::string& path, SharedBudget budget) {
  // O_NONBLOCK, because opening a named pipe would wait for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) throw ModelError("cannot open '" + path + "': " + reason(errno));
  struct stat status {};
  const bool known = ::fstat(descriptor, &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    SharedBytes file = std::make_shared<File>(descriptor, int64_t{status.st_size}, path, std::move(budget));
    refuse_lfs_pointer(*file);
    return file;
  }
  ::close(descriptor);
  throw ModelError("cannot read '" + path + "': it is " + (known && S_ISDIR(status.st_mode) ? "a folder" : "no regular file"));
}

SharedBytes open_inside(const std::filesystem::path& folder, const std::filesystem::path& inner, SharedBudget budget) {
  std::filesystem::path file = folder;
  for (const auto& part : inner) {
    file /= part;
    if (std::error_code error; std::filesystem::is_symlink(file, error))
      throw ModelError(file.string() +
                       " is a symbolic link, which is not followed inside a model's folder: copy the folder with cp -rL");
  }
  return open_file(file.string(), std::move(budget));
}

void refuse_lfs_pointer(const ByteSource& source) {
  constexpr std::string_view kFirstLine = "version https://git-lfs.github.com/spec/";
  std::array<char, kFirstLine.size()> start{};
  if (source.size() < static_cast<int64_t>(start.size()) || source.size() > 4096) return;
  source.read(0, std::as_writable_bytes(std::span(start)));
  if (std::string_view(start.data(), start.size()) != kFirstLine) return;
  throw ModelError("'" + source.name() + "' is a Git LFS pointer, not the file itself: run git lfs pull");
}

SharedBytes from_memory(std::vector<std::byte> bytes, std::string name, SharedBudget budget, Debit debit) {
  return std::make_shared<Memory>(std::move(bytes), std::move(name), std::move(budget), std::move(debit));
}

SharedBytes window(SharedBytes source, int64_t offset, int64_t size, std::string name) {
  check_range(*source, offset, size, "'" + name + "'");
  return std::make_shared<Window>(std::move(source), offset, size, std::move(name));
}

std::string read_text(const ByteSource& source) {
  source.budget().take(static_cast<uint64_t>(source.size()), "the text of '" + source.name() + "'");
  std::string text(static_cast<size_t>(source.size()), '\0');
  source.read(0, std::as_writable_bytes(std::span(text)));
  return text;
}

}  // namespace keraunos::files
