#include "watch.h"

#include <algorithm>
#include <vector>

#include "keraunos/batching.h"

namespace keraunos::python {

int64_t size_of_one_batch(const Model& model, std::span<const Dims> inputs) {
  if (inputs.empty() || rows_are_independent(model, inputs)) return 0;
  return std::max<int64_t>(inputs[0][0], 1);
}

int64_t size_of_one_batch(const Model& model, const NamedViews& inputs) {
  std::vector<Dims> dims;
  for (const auto& [name, view] : inputs) dims.push_back(view.dims);
  return size_of_one_batch(model, dims);
}

}  // namespace keraunos::python
