#include "kernels/cpu/copy_step.h"

#include <utility>

namespace keraunos::cpu {

Extents extents_of(const Shape& shape) {
  Extents extents;
  for (const Dim& dim : shape) extents.push_back(dim.size);
  return extents;
}

Extents strides_of(const Shape& shape) {
  const Extents extents = extents_of(shape);
  Extents strides(extents.size());
  dense_strides(extents, strides.data());
  return strides;
}

CopyStep::CopyStep(std::vector<CopiedPart> parts, const char* name) : parts_(std::move(parts)) { kernel = name; }

CopyStep::CopyStep(StridedCopy copy, int64_t from_bytes, const char* name) {
  parts_.push_back({std::move(copy), from_bytes, 0});
  kernel = name;
}

void CopyStep::enqueue(const host::Operands& operands) const {
  for (size_t i = 0; i < parts_.size(); ++i) {
    const CopiedPart& part = parts_[i];
    part.copy.run(static_cast<const std::byte*>(operands.in[i]) + part.from_bytes,
                  static_cast<std::byte*>(operands.out[0]) + part.to_bytes);
  }
}

}  // namespace keraunos::cpu
