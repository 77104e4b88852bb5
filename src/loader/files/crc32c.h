// The checksum of TensorFlow's checkpoints: CRC-32 with Castagnoli's polynomial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace keraunos::files {

/// The checksum of `bytes`, continued from the checksum `before` of the bytes before them.
uint32_t crc32c(std::span<const std::byte> bytes, uint32_t before = 0) noexcept;

/// The form stored in files: rotated and offset, because the checksum of data that contains its own checksum would be a constant.
constexpr uint32_t masked_crc(uint32_t crc) noexcept { return ((crc >> 15) | (crc << 17)) + 0xa282ead8U; }

}  // namespace keraunos::files
