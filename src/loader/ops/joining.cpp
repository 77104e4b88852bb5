// Operations that join tensors along particular axes, and grids.
#include "host/graph/extent.h"
#include "loader/ops/conversions.h"

namespace keraunos::loader {
namespace {

std::vector<Value> append(OperationCall& call) {
  const auto [a, b] = call.operands(0, 1, OperationCall::PythonNumbers::strong);
  if (!call.has(2)) return {call.l.concatenate(std::vector<Value>{flattened(call, a), flattened(call, b)}, 0)};
  return {call.l.concatenate(std::vector<Value>{a, b}, call.axis(2, call.l.rank(a), 0))};
}

std::vector<Value> ravel(OperationCall& call) { return {flattened(call, call.tensor(0))}; }

std::vector<Value> stacked_rows(OperationCall& call) { return {call.l.concatenate(call.tensors(0), 0)}; }

std::vector<Value> stacked_columns(OperationCall& call) {
  const std::vector<Value> all = call.tensors(0);
  return {call.l.concatenate(all, call.l.rank(all.at(0)) == 1 ? 0 : 1)};
}

// Along the third axis, which is added if missing: a vector is a row.
std::vector<Value> stacked_in_depth(OperationCall& call) {
  std::vector<Value> all = call.tensors(0);
  for (Value& x : all) {
    if (call.l.rank(x) == 0) x = call.l.expand_dims(x, 0);
    if (call.l.rank(x) == 1) x = call.l.expand_dims(x, 0);
    if (call.l.rank(x) == 2) x = call.l.expand_dims(x, 2);
  }
  return {call.l.concatenate(all, 2)};
}

// Result i varies along axis i; "xy" exchanges the axes of the first two arguments.
std::vector<Value> meshgrid(OperationCall& call) {
  const std::vector<Value> given = call.variadic();
  const std::string indexing = call.text(0).value_or("xy");
  if (indexing != "xy" && indexing != "ij") call.l.refuse("has the indexing \"" + indexing + "\"; expected \"xy\" or \"ij\"");
  const auto place = [&](size_t i) { return indexing == "xy" && given.size() > 1 && i < 2 ? 1 - i : i; };
  Shape whole(given.size(), Dim{1});
  for (size_t i = 0; i < given.size(); ++i) whole[place(i)] = host::product_of(call.l.shape(given[i]));
  std::vector<Value> grid;
  for (size_t i = 0; i < given.size(); ++i) {
    Shape own(given.size(), Dim{1});
    own[place(i)] = whole[place(i)];
    grid.push_back(call.l.broadcast_to(call.l.reshape(given[i], own), whole));
  }
  return grid;
}

}  // namespace

std::vector<Operation> joining_operations() {
  return {
      {{"Append"}, {}, {"x1", "x2", "axis"}, append, 2},
      {{"Ravel"}, {}, {"x"}, ravel},
      {{"Vstack"}, {}, {"xs"}, stacked_rows},
      {{"Hstack"}, {}, {"xs"}, stacked_columns},
      {{"Dstack"}, {}, {"xs"}, stacked_in_depth},
      {{"Meshgrid"}, {}, {"indexing"}, meshgrid, Operation::kVariadic},
  };
}

}  // namespace keraunos::loader
