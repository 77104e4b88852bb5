// Classes of CyberZHG's libraries have names that others use too. In files that state no module (HDF5 before Keras 2.13) a class
// belongs to these libraries if the config holds all keys that their class writes.
#pragma once

#include <set>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The definition under "<module>><name>" and under its name alone.
LayerDef cyberzhg_layer(const std::string& module, const std::string& name, std::set<std::string> keys,
                        std::function<std::vector<WeightName>(const Config&)> weights,
                        std::function<std::vector<Traced>(Lowering&)> lower);

/// Names of unconditional weights.
std::function<std::vector<WeightName>(const Config&)> weights_named(std::vector<WeightName> names);

}  // namespace keraunos::loader
