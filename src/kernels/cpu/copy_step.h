// A step that copies strided views of its operands into the result: Transpose, Slice, Concat.
#pragma once

#include <vector>

#include "kernels/cpu/steps.h"
#include "kernels/cpu/strided_copy.h"

namespace keraunos::cpu {

using Extents = std::vector<int64_t>;
Extents extents_of(const Shape& shape);
/// Row-major strides in elements.
Extents strides_of(const Shape& shape);

/// The copy of one operand, with the byte offsets of the views' first elements in the operand and in the result.
struct CopiedPart {
  StridedCopy copy;
  int64_t from_bytes, to_bytes;
};

/// parts[i] is the copy of operand i.
class CopyStep final : public host::Step {
 public:
  CopyStep(std::vector<CopiedPart> parts, const char* name);
  CopyStep(StridedCopy copy, int64_t from_bytes, const char* name);
  void enqueue(const host::Operands& operands) const override;

 private:
  std::vector<CopiedPart> parts_;
};

}  // namespace keraunos::cpu
