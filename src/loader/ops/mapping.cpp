// Functions that are called for each element along axis 0. A file names the function; it is an activation, or is defined by
// CustomObjects::function. scan, switch and associative_scan name functions of several values, which CustomObjects::function does
// not support.
#include "loader/layers/common/inner_graph.h"
#include "loader/ops/operation.h"

namespace keraunos::loader {
namespace {

std::vector<Value> map(OperationCall& call, size_t function_at, size_t elements_at) {
  const Arg* const given = call.find(function_at);
  const std::string* const function = given == nullptr ? nullptr : std::get_if<std::string>(&given->value);
  if (function == nullptr) call.l.refuse("maps a function that is Python code");
  const Value xs = call.tensor(elements_at);
  if (call.l.rank(xs) == 0) call.l.refuse("maps a function over a number");
  host::LoopWriter loop = loop_writer(call.l);
  const auto results = loop.write([&] {
    const Value y = call.l.called(*function, loop.slice(xs));
    if (!y)
      call.l.refuse("maps the function \"" + *function + "\", which is not known; register it with CustomObjects::function");
    loop.stack(y);
  });
  return results.stacked;
}

}  // namespace

std::vector<Operation> mapping_operations() {
  return {
      {{"Map"}, {}, {"f", "xs"}, [](OperationCall& call) { return map(call, 0, 1); }, 2},
      {{"VectorizedMap"}, {}, {"elements", "function"}, [](OperationCall& call) { return map(call, 1, 0); }},
  };
}

}  // namespace keraunos::loader
