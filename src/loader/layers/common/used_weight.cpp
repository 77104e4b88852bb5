#include "loader/layers/common/used_weight.h"

namespace keraunos::loader {

std::string quantizer_of(std::string_view weight) {
  constexpr std::string_view kMoving = "moving_", kKernel = "_kernel";
  if (weight.starts_with(kMoving)) weight.remove_prefix(kMoving.size());
  if (weight.ends_with(kKernel)) weight.remove_suffix(kKernel.size());
  return std::string(weight) + "_quantizer";
}

Value used_weight(Lowering& l, std::string_view name, const Shape& shape, bool cast) {
  const Value weight = l.weight(name, shape, cast);
  const std::string quantizer = quantizer_of(name);
  return l.config().has(quantizer) ? l.call_child(quantizer, {Arg{Traced{weight, {}}}})[0].value : weight;
}

}  // namespace keraunos::loader
