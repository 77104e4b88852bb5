// Quantised layers of Keras 3. A layer's dtype policy states that its kernel is stored as int8 with one scale for each output
// channel, as int4 (two in a byte, with a scale and a zero point for each channel or for each block of inputs), or as unsigned
// integers found by GPTQ or AWQ (transposed, with scales and zero points for each block), or that both factors are rounded to
// float8.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

enum class QuantisedMode : uint8_t { none, int8, int4, float8, gptq, awq };

/// "int8", "int4", "gptq", … when the layer's dtype policy quantises, else absent. The policy is {"class_name":
/// "QuantizedDTypePolicy", …} or a string such as "int8_from_float32".
std::optional<std::string> quantisation_of(const Config& config);

/// The same for supported modes; none for others, which refused_quantisation() names.
QuantisedMode quantised_mode(const Config& config);

/// The reason why a layer with a kernel, or with a table of rows, cannot run with its quantisation; absent where it can. (For
/// LayerTraits::refusal; a policy does not affect other layers.) A reversible table counts as both.
std::optional<std::string> refused_quantisation_of_product(const Config& config);
std::optional<std::string> refused_quantisation_of_table(const Config& config);
std::optional<std::string> refused_quantisation_of_reversible_table(const Config& config);

/// True for a weight that Keras does not train because it is quantised: all but the bias.
bool is_quantised_weight(const Config& config, const std::string& weight);

/// True for GPTQ and AWQ, whose archives have the bias before the kernel.
bool is_calibrated(QuantisedMode mode);

/// The weights besides the kernel (or table) named `kernel`, in the order of an archive.
std::vector<WeightName> weights_of_quantisation(const Config& config, const std::string& kernel);

/// False when the file disables quantisation of activations, so that only the kernel is quantised. `int4_by_default` is the value
/// for int4 if the file has no quantisation config.
bool quantises_activations(const Config& config, bool int4_by_default = false);

/// A float tensor as int8 with its scale: q = round(x · scale), scale = 127 / (max|x| along `axes` + 1e-7).
struct Quantised {
  Value values, scale;
};
Quantised quantised(Lowering& l, Value x, std::span<const int> axes);

/// An axis of a matrix of weights.
enum class MatrixAxis : uint8_t { rows, columns };

/// The packing of 4-bit values in bytes: two neighbours along `axis`, the earlier one in the low half.
struct PackedInt4 {
  MatrixAxis axis = MatrixAxis::columns;
  bool is_signed = true;
};

/// int4: the packed weight `name` as int8 or uint8 (rows, columns).
Value unpacked_int4(Lowering& l, std::string_view name, int64_t rows, int64_t columns, PackedInt4 packing = {});

/// True when int4 values have a scale and a zero point for each block of inputs.
bool has_blocks(const Config& config);

/// Integers with blocks along `axis`: (values − zero) · scale, with `kernel` + "_scale" and "_zero".
Value with_blocks_scaled(Lowering& l, std::string_view kernel, Value values, MatrixAxis axis);

/// The kernel (rows, columns) stored by GPTQ or AWQ, in the compute dtype.
Value calibrated_kernel(Lowering& l, Dim rows, Dim columns);

/// x / scale rounded to float8_e4m3fn, times scale.
Value rounded_to_float8(Lowering& l, Value x, Value scale);

}  // namespace keraunos::loader
