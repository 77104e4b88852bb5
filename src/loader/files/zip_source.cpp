#include "loader/files/zip_source.h"

#include <algorithm>

#include "keraunos/error.h"

namespace keraunos::files {
namespace {

zip_int64_t fail(ZipInput& input, int code) {
  zip_error_set(&input.error, code, 0);
  return -1;
}

zip_int64_t read(ZipInput& input, void* data, zip_uint64_t length) {
  const int64_t rest = input.source->size() - input.position;
  const int64_t count = std::min(rest, static_cast<int64_t>(std::min<zip_uint64_t>(length, ZIP_INT64_MAX)));
  try {
    input.source->read(input.position, {static_cast<std::byte*>(data), static_cast<size_t>(count)});
  } catch (const std::exception&) {  // exceptions must not pass through C code
    return fail(input, ZIP_ER_READ);
  }
  input.position += count;
  return count;
}

zip_int64_t seek(ZipInput& input, void* data, zip_uint64_t length) {
  const auto size = static_cast<zip_uint64_t>(input.source->size());
  const zip_int64_t place =
      zip_source_seek_compute_offset(static_cast<zip_uint64_t>(input.position), size, data, length, &input.error);
  if (place < 0) return -1;
  input.position = place;
  if (!input.first_seek) input.first_seek = place;
  return 0;
}

zip_int64_t stat(const ZipInput& input, void* data) {
  auto* status = static_cast<zip_stat_t*>(data);
  zip_stat_init(status);
  status->valid = ZIP_STAT_SIZE;
  status->size = static_cast<zip_uint64_t>(input.source->size());
  return sizeof(zip_stat_t);
}

zip_int64_t answer(void* state, void* data, zip_uint64_t length, zip_source_cmd_t command) {
  auto& input = *static_cast<ZipInput*>(state);
  switch (command) {
    case ZIP_SOURCE_OPEN: input.position = 0; return 0;
    case ZIP_SOURCE_READ: return read(input, data, length);
    case ZIP_SOURCE_CLOSE: return 0;
    case ZIP_SOURCE_STAT: return stat(input, data);
    case ZIP_SOURCE_ERROR: return zip_error_to_data(&input.error, data, length);
    case ZIP_SOURCE_FREE: return 0;
    case ZIP_SOURCE_SEEK: return seek(input, data, length);
    case ZIP_SOURCE_TELL: return input.position;
    case ZIP_SOURCE_SUPPORTS: return ZIP_SOURCE_SUPPORTS_SEEKABLE;
    default: return fail(input, ZIP_ER_OPNOTSUPP);
  }
}

// The directory is at the end of an archive: if libzip finds none in a file with a valid beginning, the end is missing.
[[noreturn]] void refuse(const ZipInput& input, zip_error_t& error) {
  const int code = zip_error_code_zip(&error);
  const bool cut = code == ZIP_ER_NOZIP || code == ZIP_ER_INCONS || code == ZIP_ER_EOF;
  const std::string reason = cut ? "its end is missing or damaged; the file was probably cut short, so copy or download it again"
                                 : zip_error_strerror(&error);
  zip_error_fini(&error);
  throw ModelError("cannot read '" + input.source->name() + "' as a zip archive: " + reason);
}

}  // namespace

ZipHandle open_zip(ZipInput& input) {
  zip_error_t error;
  zip_error_init(&error);
  zip_error_init(&input.error);
  zip_source_t* source = zip_source_function_create(answer, &input, &error);
  if (source == nullptr) refuse(input, error);
  zip_t* archive = zip_open_from_source(source, ZIP_RDONLY, &error);
  if (archive == nullptr) {
    zip_source_free(source);
    refuse(input, error);
  }
  return ZipHandle(archive);
}

}  // namespace keraunos::files
