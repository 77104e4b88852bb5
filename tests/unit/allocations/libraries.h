#pragma once

namespace keraunos {

/// True while the calling thread is inside a library of NVIDIA's.
bool inside_a_library() noexcept;

/// Marks the calling thread as inside a library for the lifetime of the object.
class InsideALibrary {
 public:
  InsideALibrary() noexcept;
  ~InsideALibrary();
  InsideALibrary(const InsideALibrary&) = delete;
};

}  // namespace keraunos
