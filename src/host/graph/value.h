// Types and contents of a graph's values.
#pragma once

#include <memory>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::host {

struct Folded;

/// The properties of a value. A constant leaf owns its contents (weights as saved, literals); a constant made by folding has
/// `folded`, and contents only once they are computed (ConstantStore::contents).
struct ValueInfo {
  Shape shape;
  DType dtype = DType::float32;
  std::shared_ptr<const Tensor> constant{};
  std::shared_ptr<const Folded> folded{};
};

/// The types of a node's results, in order.
using Types = std::vector<ValueInfo>;

}  // namespace keraunos::host
