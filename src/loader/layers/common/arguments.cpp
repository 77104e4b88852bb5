#include "loader/layers/common/arguments.h"

#include "keraunos/error.h"

namespace keraunos::loader {

const Arg* argument(const Lowering& l, size_t position, std::string_view name) {
  const Arg* found = position < l.arguments().size() ? &l.arguments()[position] : l.keyword(name);
  return found == nullptr || found->is_none() ? nullptr : found;
}

namespace {

std::vector<Traced> some_inputs(const Lowering& l) {
  std::vector<Traced> inputs = l.inputs();
  if (inputs.empty()) throw ModelError(l.config().where() + " is called without a tensor; the file's graph is damaged");
  return inputs;
}

}  // namespace

Traced first_input(const Lowering& l) { return some_inputs(l)[0]; }

std::vector<Traced> further_inputs(const Lowering& l) {
  std::vector<Traced> inputs = some_inputs(l);
  inputs.erase(inputs.begin());
  return inputs;
}

std::vector<Traced> tensors_of(const Arg& argument) {
  if (const Traced* tensor = argument.tensor()) return {*tensor};
  std::vector<Traced> all;
  const auto append = [&](const Arg& part) {
    for (const Traced& tensor : tensors_of(part)) all.push_back(tensor);
  };
  if (const Arg::List* list = argument.list()) {
    for (const Arg& part : *list) append(part);
  }
  if (const auto* members = std::get_if<Arg::Members>(&argument.value)) {
    for (const auto& [name, part] : *members) append(part);
  }
  return all;
}

std::vector<Traced> state_tensors(const Lowering& l, const Arg& given) {
  std::vector<Traced> states = tensors_of(given);
  if (states.empty()) l.refuse("is called with an initial_state that holds no tensor");
  return states;
}

bool flag_argument(const Lowering& l, std::string_view name, bool otherwise) {
  const Arg* found = l.keyword(name);
  if (found == nullptr || found->is_none()) return otherwise;
  if (const bool* flag = std::get_if<bool>(&found->value)) return *flag;
  const int64_t* number = std::get_if<int64_t>(&found->value);
  if (number == nullptr) l.refuse("is called with an argument " + std::string(name) + " that is no constant");
  return *number != 0;
}

Value as_boolean(Lowering& l, Value v) {
  if (!v || l.dtype(v) == DType::boolean) return v;
  return l.binary(Function::not_equal, v, l.scalar(0, l.dtype(v)));
}

Value spread_over_batch(Lowering& l, Value v, Value x) {
  if (!v || !x || l.rank(v) == 0 || l.rank(x) == 0 || l.dim(v, 0).size != 1 || l.dim(x, 0).size == 1) return v;
  Shape whole = l.shape(v);
  whole[0] = l.dim(x, 0);
  return l.broadcast_to(v, whole);
}

Value numeric_mask_argument(Lowering& l, const Traced& x, std::string_view name) {
  const Arg* given = l.keyword(name);
  if (given == nullptr || given->is_none()) return spread_over_batch(l, x.mask, x.value);
  const std::vector<Traced> tensors = tensors_of(*given);
  if (tensors.size() > 1)
    l.refuse("is called with " + std::to_string(tensors.size()) + " tensors as " + std::string(name) + ", one is expected");
  return spread_over_batch(l, tensors.empty() ? x.mask : tensors[0].value, x.value);
}

Value mask_argument(Lowering& l, const Traced& x, std::string_view name) {
  return as_boolean(l, numeric_mask_argument(l, x, name));
}

Value mask_of_sequence(Lowering& l, const Traced& x, bool with_states) {
  const bool named_only = with_states && !l.dialect().before(3, 0);
  return mask_argument(l, {x.value, named_only ? Value{} : x.mask});
}

bool trains(const Lowering& l) {
  return l.dialect().before(3, 0) && flag_argument(l, "training") && l.config().flag("trainable", true);
}

void refuse_training(const Lowering& l) {
  if (flag_argument(l, "training")) l.refuse("is called with training=True, which makes its result random; call it without");
}

Value as_computed(Lowering& l, Value x) { return l.cast(x, l.compute_dtype()); }

Arg list_of(const std::vector<Traced>& tensors) {
  Arg::List list(tensors.size());
  for (size_t i = 0; i < tensors.size(); ++i) list[i].value = tensors[i];
  Arg result;
  result.value = std::move(list);
  return result;
}

}  // namespace keraunos::loader
