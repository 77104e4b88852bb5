// Reads the arguments of a layer's call: by position or by name, tensors at any depth, masks.
#pragma once

#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The argument at `position`, else the keyword `name`; nullptr when absent or None.
const Arg* argument(const Lowering& l, size_t position, std::string_view name);

/// The first tensor of the first argument, and the tensors after it. ModelError where the call has none.
Traced first_input(const Lowering& l);
std::vector<Traced> further_inputs(const Lowering& l);

/// All tensors inside an argument, in Keras's order of flattening.
std::vector<Traced> tensors_of(const Arg& argument);

/// The tensors of an initial_state; refuses one that holds none.
std::vector<Traced> state_tensors(const Lowering& l, const Arg& given);

/// The keyword `name` as a boolean; `otherwise` when absent or None.
bool flag_argument(const Lowering& l, std::string_view name, bool otherwise = false);

/// The mask of `x`: the keyword `name` where the call has one, else the mask of `x`; boolean, or absent. A mask with a single row
/// applies to every row of x.
Value mask_argument(Lowering& l, const Traced& x, std::string_view name = "mask");

/// The mask of a recurrent layer's sequence x. In a call with several tensors (here: states) Keras 3 uses only a mask given by
/// name.
Value mask_of_sequence(Lowering& l, const Traced& x, bool with_states);

/// mask_argument() with the mask's original dtype.
Value numeric_mask_argument(Lowering& l, const Traced& x, std::string_view name = "mask");

/// Repeats a tensor of a single row for each row of x; returns any other tensor unchanged.
Value spread_over_batch(Lowering& l, Value v, Value x);

/// A boolean tensor: elements that are not zero.
Value as_boolean(Lowering& l, Value v);

/// True where a call trains because of training=True, its own or that of a model or wrapper around it, and the layer is not
/// frozen: in Keras 2. Keras 3's predict overrides the argument.
bool trains(const Lowering& l);

/// Refuses a call with training=True of a layer that would then draw random numbers, frozen or not. Also in Keras 3: there
/// model(x) draws them and predict() does not, so the intended result is ambiguous.
void refuse_training(const Lowering& l);

/// x cast to the layer's compute dtype, whatever its dtype.
Value as_computed(Lowering& l, Value x);

/// An argument that holds a list of tensors.
Arg list_of(const std::vector<Traced>& tensors);

}  // namespace keraunos::loader
