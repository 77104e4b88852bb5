#pragma once

namespace keraunos {

/// The calling thread is inside a library of NVIDIA's.
bool inside_a_library() noexcept;

/// Marks the calling thread so, as long as it lives.
class InsideALibrary {
 public:
  InsideALibrary() noexcept;
  ~InsideALibrary();
  InsideALibrary(const InsideALibrary&) = delete;
};

}  // namespace keraunos
