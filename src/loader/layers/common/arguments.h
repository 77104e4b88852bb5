// Reading the arguments of a layer's call: by position or by name, tensors at any depth, masks.
#pragma once

#include <string_view>
#include <vector>

#include "keraunos/layer.h"

namespace keraunos::loader {

/// The argument at `position`, else the keyword `name`; nullptr when absent or None.
const Arg* argument(const Lowering& l, size_t position, std::string_view name);

/// The first tensor of the first argument, and those behind it. ModelError where the call has none.
Traced first_input(const Lowering& l);
std::vector<Traced> further_inputs(const Lowering& l);

/// All tensors inside an argument, in Keras's order of flattening.
std::vector<Traced> tensors_of(const Arg& argument);

/// The tensors of an initial_state; refuses one that holds none.
std::vector<Traced> state_tensors(const Lowering& l, const Arg& given);

/// The keyword `name` as a boolean; `otherwise` when absent or None.
bool flag_argument(const Lowering& l, std::string_view name, bool otherwise = false);

/// The mask of `x`: the keyword `name` where the call gives one, else the mask that `x` carries; boolean, or absent. One that has
/// a single row holds for every row of x.
Value mask_argument(Lowering& l, const Traced& x, std::string_view name = "mask");

/// The mask by which a recurrent layer runs over x. Keras 3 gives a call with several tensors (here: states) only what it names.
Value mask_of_sequence(Lowering& l, const Traced& x, bool with_states);

/// mask_argument() in the dtype that the mask was given in.
Value numeric_mask_argument(Lowering& l, const Traced& x, std::string_view name = "mask");

/// A tensor of a single row as one of as many rows as x has; any other as it is.
Value spread_over_batch(Lowering& l, Value v, Value x);

/// A boolean tensor: elements that are not zero.
Value as_boolean(Lowering& l, Value v);

/// True where a call with training=True, its own or that of a model or wrapper around it, trains, unless the layer is frozen: in
/// Keras 2. Keras 3's predict overrides the argument.
bool trains(const Lowering& l);

/// Refuses a call with training=True of a layer that would then draw random numbers, frozen or not. Keras 3 is no exception:
/// there model(x) draws them and predict() does not, so the file does not say which results are meant.
void refuse_training(const Lowering& l);

/// x as the layer's compute dtype, whatever number it was.
Value as_computed(Lowering& l, Value x);

/// An argument that holds a list of tensors.
Arg list_of(const std::vector<Traced>& tensors);

}  // namespace keraunos::loader
