#pragma once

namespace keraunos {
/// The calling thread is inside cuBLASLt or cuDNN.
bool inside_a_library() noexcept;
}  // namespace keraunos
