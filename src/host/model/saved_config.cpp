#include "keraunos/saved_config.h"

#include "host/model/model_state.h"

namespace keraunos {

SavedConfig saved_config(const Model& model) {
  const host::LayerInfo& root = host::Handles::state(model).source().root();
  return {root.class_name, root.config};
}

bool is_stateful(const Model& model) { return host::Handles::state(model).source().keeps_states(); }

}  // namespace keraunos
