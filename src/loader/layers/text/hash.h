// The two string hashes by which Keras assigns unknown tokens to buckets.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace keraunos::loader::text {

/// FarmHash's Fingerprint64: tf.strings.to_hash_bucket_fast takes it modulo the number of buckets.
uint64_t fingerprint64(std::string_view bytes) noexcept;

/// TensorFlow's FingerprintCat64: combines two hashes; the result depends on their order.
uint64_t joined_fingerprint(uint64_t first, uint64_t second) noexcept;

/// SipHash-2-4 with a key of two words: tf.strings.to_hash_bucket_strong.
uint64_t siphash24(std::string_view bytes, std::array<uint64_t, 2> key) noexcept;

}  // namespace keraunos::loader::text
