// Helpers for every call into the HDF5 library: a lock, no printing, and handles that close themselves.
#pragma once

#include <hdf5.h>

#include <mutex>
#include <string>
#include <utility>

#include "keraunos/error.h"

namespace keraunos::files {

/// Any object of the library. The caller must ensure that it is closed while a LibraryScope lives.
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

/// A lock: during its lifetime only this thread calls the library, which neither prints errors nor loads plug-ins that a file
/// requests. The library has one state per process, therefore one mutex per process.
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

/// The innermost error that the library recorded for the failed call, as "(HDF5: …)", or empty.
std::string library_reason();

/// A handle that must be valid; otherwise ModelError with `problem` and the library's error.
Hid checked(hid_t id, Hid::Closer close, const std::string& problem);

/// For calls that return a negative number when they fail.
template <class T>
T checked(T answer, const std::string& problem) {
  if (answer < 0) throw ModelError(problem + library_reason());
  return answer;
}

}  // namespace keraunos::files
