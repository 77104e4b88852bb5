// Writes zip archives. libzip writes a temporary file and renames it, so that an incomplete archive is never visible.
#include <zip.h>

#include <cerrno>
#include <system_error>

#include "keraunos/error.h"
#include "loader/files/zip.h"
#include "loader/files/zip_source.h"

namespace keraunos::files {

struct ZipWriter::State {
  std::string path;
  ZipHandle archive;
  std::vector<std::vector<std::byte>> contents;  // libzip reads them when the archive is closed
};

void fail_to_write(const std::string& path, const std::string& reason) {
  throw UsageError("cannot write '" + path + "': " + reason);
}

namespace {

ZipHandle create(const std::string& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (archive != nullptr) return ZipHandle(archive);
  zip_error_t error;
  zip_error_init_with_code(&error, code);
  const std::string reason = zip_error_strerror(&error);
  zip_error_fini(&error);
  fail_to_write(path, reason);
}

}  // namespace

ZipWriter::ZipWriter(std::string path) : state_(std::make_unique<State>()) {
  state_->archive = create(path);
  state_->path = std::move(path);
}

ZipWriter::~ZipWriter() = default;
ZipWriter::ZipWriter(ZipWriter&&) noexcept = default;
ZipWriter& ZipWriter::operator=(ZipWriter&&) noexcept = default;

void ZipWriter::add(const std::string& name, std::vector<std::byte> bytes, bool deflate) {
  zip_t* archive = state_->archive.get();
  const auto& kept = state_->contents.emplace_back(std::move(bytes));
  zip_source_t* source = zip_source_buffer(archive, kept.data(), kept.size(), 0);
  if (source == nullptr) fail_to_write(state_->path, zip_strerror(archive));
  const zip_int64_t index = zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8);
  if (index < 0) {
    zip_source_free(source);
    fail_to_write(state_->path, "member '" + name + "': " + zip_strerror(archive));
  }
  const auto at = static_cast<zip_uint64_t>(index);
  constexpr zip_uint16_t kFirstOfJanuary1980 = (1u << 5) | 1u;
  const bool set = zip_set_file_compression(archive, at, deflate ? ZIP_CM_DEFLATE : ZIP_CM_STORE, 0) == 0 &&
                   zip_file_set_dostime(archive, at, 0, kFirstOfJanuary1980, 0) == 0;
  if (!set) fail_to_write(state_->path, zip_strerror(archive));
}

void ZipWriter::finish() {
  if (state_->contents.empty()) fail_to_write(state_->path, "an archive needs at least one member");
  if (zip_close(state_->archive.get()) != 0) fail_to_write(state_->path, zip_strerror(state_->archive.get()));
  static_cast<void>(state_->archive.release());  // zip_close freed it
}

}  // namespace keraunos::files
