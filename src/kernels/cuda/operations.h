// The functions that each operation has on the GPU (step.h), called for any operation. A missing function is a link error that
// names the operation. They are declared where they are called, so that a new operation changes nothing here.
#pragma once

#include "keraunos/error.h"
#include "kernels/cuda/step.h"

namespace keraunos::cuda {

template <class Operation>
host::Verdict support_of(const Query& query, const Operation& op) {
  if constexpr (Operation::traits.is_view || Operation::traits.is_nested) {
    return host::refused("no device computes it");
  } else {
    host::Verdict support(const Query&, const Operation&);
    return support(query, op);
  }
}

template <class Operation>
StepPointer step_of(const Task& task, const Operation& op) {
  if constexpr (Operation::traits.is_view || Operation::traits.is_nested) {
    throw InternalError("the GPU was given an operation that it refused");
  } else {
    StepPointer make_step(const Task&, const Operation&);
    return make_step(task, op);
  }
}

}  // namespace keraunos::cuda
