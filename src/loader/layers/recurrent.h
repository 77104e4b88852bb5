// Layers that are an RNN over one cell, which their own config configures.
#pragma once

#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

struct LayerOverCell {
  std::string layer, cell, cell_name;
  bool cudnn = false;
  int axes = 0;                             ///< number of spatial axes, for a ConvLSTM
  std::vector<std::string> further_keys{};  ///< keys of the layer that belong to its cell, besides Keras's
};

LayerDef over_cell(const LayerOverCell& layer);

}  // namespace keraunos::loader
