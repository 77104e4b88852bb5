#include "keraunos/batching.h"

#include "host/api/out_of_memory.h"
#include "host/model/model_state.h"
#include "host/run/predict.h"

namespace keraunos {

bool rows_are_independent(const Model& model, std::span<const Dims> inputs) {
  const host::ModelState& state = host::Handles::state(model);
  const std::vector<TensorType> types = host::types_for(state, inputs);
  if (types.empty() || state.source().keeps_states()) return false;
  return host::with_memory_to("look at this model's rows", [&] { return state.batching(types).rows_are_local; });
}

}  // namespace keraunos
