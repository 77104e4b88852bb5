// What every call into the HDF5 library needs: quiet, order, and handles that close themselves.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

#include "keraunos/error.h"

namespace keraunos::files {

/// Any object of the library. Closed (if valid) while a LibraryScope is alive, which is the caller's duty.
class Hid {
 public:
  using Closer = herr_t (*)(hid_t);

  Hid() = default;
  Hid(hid_t id, Closer close) : id_(id), close_(close) {}
  Hid(Hid&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)), close_(other.close_) {}
  Hid& operator=(Hid&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~Hid() { reset(); }

  void reset() noexcept {
    if (id_ >= 0) close_(id_);
    id_ = H5I_INVALID_HID;
  }
  hid_t get() const noexcept { return id_; }
  explicit operator bool() const noexcept { return id_ >= 0; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Closer close_ = nullptr;
};

/// While it lives, this thread alone is in the library, which neither prints its errors nor loads plug-ins that a file asks for.
/// The library's own state is one per process, hence one mutex per process.
class LibraryScope {
 public:
  LibraryScope();
  ~LibraryScope();
  LibraryScope(const LibraryScope&) = delete;
  LibraryScope& operator=(const LibraryScope&) = delete;

 private:
  std::unique_lock<std::mutex> lock_;
  H5E_auto2_t printer_ = nullptr;
  void* printer_data_ = nullptr;
  unsigned plugins_ = 0;
};

/// The innermost reason that the library noted for the call that just failed, as "(HDF5: …)", or nothing.
std::string library_reason();

/// A handle that must be valid; ModelError with `problem` and the library's reason otherwise.
Hid checked(hid_t id, Hid::Closer close, const std::string& problem);

/// For calls that answer a negative number when they fail.
template <class T>
T checked(T answer, const std::string& problem) {
  if (answer < 0) throw ModelError(problem + library_reason());
  return answer;
}

}  // namespace keraunos::files
