// The C structures of DLPack 1.x, with the layout of its header dlpack.h (ABI of major version 1). They are declared under our
// own names, so that a user may include DLPack's header beside ours.
#pragma once

#include <cstddef>
#include <cstdint>

namespace keraunos::host::dlpack {

inline constexpr uint32_t kMajor = 1, kMinor = 0;
inline constexpr uint64_t kReadOnly = 1;

enum Place : int32_t { cpu = 1, cuda = 2, cuda_host = 3, cuda_managed = 13 };
enum Code : uint8_t { signed_integer = 0, unsigned_integer = 1, floating = 2, brain_floating = 4, boolean = 6 };

struct Version {
  uint32_t major, minor;
};
struct Type {
  uint8_t code, bits;
  uint16_t lanes;
};
struct Array {
  void* data;
  int32_t place, place_index, rank;
  Type type;
  int64_t *shape, *strides;  // strides in elements; null: dense and row-major
  uint64_t byte_offset;
};

}  // namespace keraunos::host::dlpack

struct DLManagedTensorVersioned {
  keraunos::host::dlpack::Version version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned*);
  uint64_t flags;
  keraunos::host::dlpack::Array dl_tensor;
};

static_assert(sizeof(DLManagedTensorVersioned) == 80 && offsetof(DLManagedTensorVersioned, dl_tensor) == 32);
static_assert(offsetof(keraunos::host::dlpack::Array, shape) == 24 && offsetof(keraunos::host::dlpack::Array, byte_offset) == 40);
