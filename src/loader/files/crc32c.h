// The checksum of TensorFlow's checkpoints: CRC-32 with Castagnoli's polynomial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keraunos::files {

/// Of `bytes` behind those whose checksum is `before`.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t before = 0) noexcept;

/// As files store it: rotated and moved, so that the checksum of bytes that hold one is no constant.
constexpr uint32_t masked_crc(uint32_t crc) noexcept { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

}  // namespace keraunos::files
