// Lets libzip read a ByteSource, and records where it reads.
#pragma once

#include <zip.h>

#include <cstdint>
#include <memory>
#include <optional>

#include "loader/files/bytes.h"

namespace keraunos::files {

struct ZipCloser {
  void operator()(zip_t* archive) const noexcept { zip_discard(archive); }
  void operator()(zip_file_t* member) const noexcept { zip_fclose(member); }
};
using ZipHandle = std::unique_ptr<zip_t, ZipCloser>;
using ZipMemberHandle = std::unique_ptr<zip_file_t, ZipCloser>;

/// The state behind libzip's view of a ByteSource. It must outlive the archive.
///
/// libzip does not return a member's position, which we need to read weights directly, once and without its copy. But to open a
/// member it seeks to the member's local header: first_seek is that offset.
struct ZipInput {
  explicit ZipInput(SharedBytes bytes) : source(std::move(bytes)) {}

  SharedBytes source;
  int64_t position = 0;
  std::optional<int64_t> first_seek;
  zip_error_t error{};
};

/// Opens an archive for reading. ModelError with our own message.
ZipHandle open_zip(ZipInput& input);

}  // namespace keraunos::files
