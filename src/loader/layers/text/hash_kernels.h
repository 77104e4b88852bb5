// The host kernels of Hashing and HashedCrossing.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "keraunos/kernel.h"
#include "loader/layers/text/hash.h"

namespace keraunos::loader::text {

struct Buckets {
  uint64_t count = 1;
  std::optional<std::array<uint64_t, 2>> salt{};  ///< SipHash with this key instead of FarmHash
  std::optional<std::string> mask{};              ///< for strings: this one has bucket 0, the others later buckets
};

/// Strings, or int64 numbers (as their decimal digits) → buckets, int64.
std::shared_ptr<const Kernel> bucket_kernel(const Buckets& buckets);

/// Several tensors of one shape, each of strings or int64 numbers → one bucket for each index, int64.
std::shared_ptr<const Kernel> crossing_kernel(uint64_t buckets);

}  // namespace keraunos::loader::text
