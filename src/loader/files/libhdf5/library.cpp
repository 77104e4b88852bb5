#include "loader/files/libhdf5/library.h"

namespace keraunos::files {
namespace {

std::mutex& library_mutex() {
  static std::mutex mutex;
  return mutex;
}

extern "C" herr_t keep_innermost(unsigned, const H5E_error2_t* error, void* text) {
  if (error->desc != nullptr) *static_cast<std::string*>(text) = error->desc;
  return 1;  // stop: the innermost error comes first
}

}  // namespace

LibraryScope::LibraryScope() : lock_(library_mutex()) {
  H5open();
  H5Eget_auto2(H5E_DEFAULT, &printer_, &printer_data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  H5PLget_loading_state(&plugins_);
  H5PLset_loading_state(0);
}

LibraryScope::~LibraryScope() {
  H5PLset_loading_state(plugins_);
  H5Eclear2(H5E_DEFAULT);
  H5Eset_auto2(H5E_DEFAULT, printer_, printer_data_);
}

std::string library_reason() {
  std::string text;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &text);
  return text.empty() ? text : " (HDF5: " + text + ")";
}

Hid checked(hid_t id, Hid::Closer close, const std::string& problem) {
  if (id < 0) throw ModelError(problem + library_reason());
  return {id, close};
}

}  // namespace keraunos::files
