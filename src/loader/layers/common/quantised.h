// int8 layers of Keras 3: a layer's dtype policy says that its kernel is stored as int8 with one scale per output channel.
#pragma once

#include <optional>
#include <string>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// "int8", "int4", … when the layer's dtype policy quantises, else nothing. The policy is {"class_name": "QuantizedDTypePolicy",
/// …} or a string such as "int8_from_float32".
std::optional<std::string> quantisation_of(const Config& config);

/// Refuses policies other than int8.
bool is_int8(const Lowering& l);

/// False when the file switches the quantiser of activations off: the kernel is then the only quantised thing.
bool quantises_activations(const Config& config);

/// A float tensor as int8 and the factor that was applied: q = round(x · scale), scale = 127 / (max|x| along `axes` + 1e-7).
struct Quantised {
  Value values, scale;
};
Quantised quantised(Lowering& l, Value x, std::span<const int> axes);

}  // namespace keraunos::loader
