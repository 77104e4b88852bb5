// Lists of tensors (TensorArray). Where places are known, a list is the values of its items; otherwise it is one tensor.
#include <algorithm>

#include "host/graph/graph.h"
#include "loader/ops/literal.h"
#include "loader/tf/function_lowering.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

constexpr int64_t kMostItems = 4096;

Wires list_of(std::vector<Value> values) { return {{.list = std::make_shared<const std::vector<Value>>(std::move(values))}}; }
bool is_list(const Wires& inputs) { return !inputs.empty() && (inputs[0].list != nullptr || inputs[0].stacked); }
size_t size_of_list(const Wire& wire) {
  return wire.list != nullptr ? wire.list->size() : static_cast<size_t>(wire.stacked->size);
}

}  // namespace

int64_t FunctionLowering::number(const FunctionNode& node, const Wires& inputs, size_t i) {
  const auto literal = literal_of(l_, tensor(node, inputs, i));
  if (!literal || literal->size() != 1)
    l_.refuse("needs a number known beforehand as input " + std::to_string(i) + " of \"" + node.node.name + '"');
  return literal->front();
}

// None: the place depends on data.
std::optional<size_t> FunctionLowering::place(const FunctionNode& node, const Wires& inputs, size_t size) {
  const auto literal = literal_of(l_, tensor(node, inputs, 1));
  if (!literal || literal->size() != 1) return std::nullopt;
  const int64_t at = literal->front();
  if (at < 0 || at >= static_cast<int64_t>(size))
    l_.refuse("asks in \"" + node.node.name + "\" for item " + std::to_string(at) + " of a list of " + std::to_string(size));
  return static_cast<size_t>(at);
}

StackedList FunctionLowering::stacked(const FunctionNode& node, const Wire& wire) {
  if (wire.stacked) return *wire.stacked;
  if (wire.list == nullptr) l_.refuse("gives no list of tensors to \"" + node.node.name + '"');
  std::vector<Value> values = *wire.list;
  const StackedList nothing{.all = {}, .size = static_cast<int64_t>(values.size())};
  const auto written = std::find_if(values.begin(), values.end(), [](Value v) { return bool(v); });
  if (written == values.end()) return nothing;
  const Value zeros = l_.broadcast_to(l_.scalar(0, l_.dtype(*written)), l_.shape(*written));
  for (Value& value : values) value = l_.expand_dims(value ? value : zeros, 0);
  return {.all = l_.concatenate(values, 0), .size = nothing.size};
}

Wires FunctionLowering::reserved(const FunctionNode& node, const Wires& inputs) {
  const int64_t size = number(node, inputs, 1);
  if (size < 0 || size > kMostItems) l_.refuse("reserves a list of " + std::to_string(size) + " tensors");
  return list_of(std::vector<Value>(static_cast<size_t>(size)));
}

Wires FunctionLowering::items_of(const FunctionNode& node, const Wires& inputs) {
  const Value x = tensor(node, inputs, 0);
  const int64_t size = l_.rank(x) == 0 ? 0 : l_.dim(x, 0).size;
  if (size > kMostItems) l_.refuse("makes a list of " + std::to_string(size) + " tensors");
  std::vector<Value> values;
  for (int64_t i = 0; i < size; ++i) values.push_back(l_.squeeze(l_.slice_axis(x, 0, i, 1), 0));
  return list_of(std::move(values));
}

// A list that grows has a known number of items only where each lowering writes one turn of the loop around (loop_turns.h).
Wires FunctionLowering::with_item(const FunctionNode& node, const Wires& inputs) {
  const NodeAttribute* grows = node.node.find("resize_if_index_out_of_bounds");
  const bool* is_growing = grows == nullptr ? nullptr : std::get_if<bool>(&grows->value.value);
  const bool may_grow = is_growing != nullptr && *is_growing;
  const Value item = tensor(node, inputs, 2);
  size_t size = size_of_list(inputs[0]);
  const auto literal = literal_of(l_, tensor(node, inputs, 1));
  if (may_grow && literal && literal->size() == 1 && literal->front() < kMostItems)
    size = std::max(size, static_cast<size_t>(std::max<int64_t>(literal->front() + 1, 0)));
  const std::optional<size_t> at = place(node, inputs, size);
  if (may_grow && !at && !is_trial_) {
    if (loops_ == 0) l_.refuse("writes in \"" + node.node.name + "\" to a list that grows, at a place that depends on data");
    throw host::SegmentEnd{};
  }
  if (at && inputs[0].list != nullptr) {
    std::vector<Value> values = *inputs[0].list;
    values.resize(size);
    values[*at] = item;
    return list_of(std::move(values));
  }
  StackedList list = stacked(node, inputs[0]);
  Shape shape = l_.shape(item);
  const auto zeros = [&](int64_t count) {
    Shape all = shape;
    all.insert(all.begin(), Dim{count});
    return l_.broadcast_to(l_.scalar(0, l_.dtype(item)), all);
  };
  const auto wanted = static_cast<int64_t>(size);
  if (!list.all) list.all = zeros(list.size);
  if (wanted > list.size) {
    const Value more[]{list.all, zeros(wanted - list.size)};
    list.all = list.size == 0 ? more[1] : l_.concatenate(more, 0);
  }
  list.size = wanted;
  const GraphNode update{.name = node.node.name, .op = "TensorScatterUpdate", .inputs = {}, .attributes = {}};
  std::vector<Arg> operands;
  for (const Value v : {list.all, l_.reshape(tensor(node, inputs, 1), {{1}, {1}}), l_.expand_dims(item, 0)})
    operands.push_back({Traced{v, {}}});
  list.all = lower_node(l_, update, std::move(operands)).at(0).value;
  return {{.stacked = list}};
}

Wires FunctionLowering::item(const FunctionNode& node, const Wires& inputs) {
  const std::optional<size_t> at = place(node, inputs, size_of_list(inputs[0]));
  if (at && inputs[0].list != nullptr) {
    const Value found = (*inputs[0].list)[*at];
    if (!found) l_.refuse("reads items of a list that nothing was written to, in \"" + node.node.name + '"');
    return {{.tensor = found}};
  }
  const StackedList list = stacked(node, inputs[0]);
  if (!list.all) l_.refuse("reads items of a list that nothing was written to, in \"" + node.node.name + '"');
  const Value index = tensor(node, inputs, 1);
  return {{.tensor = l_.gather(list.all, l_.rank(index) == 0 ? index : l_.reshape(index, {}))}};
}

Value FunctionLowering::all_items(const FunctionNode& node, const Wire& wire) {
  const bool complete =
      wire.list == nullptr || std::all_of(wire.list->begin(), wire.list->end(), [](Value v) { return bool(v); });
  const Value all = complete ? stacked(node, wire).all : Value{};
  if (!all) l_.refuse("reads items of a list that nothing was written to, in \"" + node.node.name + '"');
  return all;
}

// TensorArrays of TensorFlow 1: the value "flow" stands for the contents.
Wires FunctionLowering::array(const FunctionNode& node, const Wires& inputs) {
  const std::string& op = node.node.op;
  if (op == "TensorArrayV3") {
    const Wires items = reserved(node, {{}, inputs.empty() ? Wire{} : inputs[0]});
    return {items[0], items[0]};
  }
  if (inputs.empty() || (inputs.back().list == nullptr && !inputs.back().stacked))
    l_.refuse("gives no TensorArray to \"" + node.node.name + '"');
  const Wire& flow = inputs.back();
  if (op == "TensorArraySizeV3") return {{.tensor = l_.scalar(static_cast<double>(size_of_list(flow)), DType::int32)}};
  if (op == "TensorArrayReadV3") return item(node, {flow, inputs[1]});
  if (op == "TensorArrayWriteV3") return with_item(node, {flow, inputs[1], inputs[2]});
  if (op == "TensorArrayGatherV3") return {{.tensor = l_.gather(all_items(node, flow), tensor(node, inputs, 1))}};
  Wires items = items_of(node, {{.tensor = tensor(node, inputs, 2)}});
  const auto places = literal_of(l_, tensor(node, inputs, 1));
  for (size_t i = 0; i < items[0].list->size(); ++i) {
    if (!places || places->size() != items[0].list->size() || (*places)[i] != static_cast<int64_t>(i))
      l_.refuse("writes to other places of a TensorArray than all in order, in \"" + node.node.name +
                "\", which is not supported");
  }
  return items;
}

Wires FunctionLowering::list(const FunctionNode& node, const Wires& inputs) {
  const std::string& op = node.node.op;
  if (op == "TensorListReserve") return reserved(node, inputs);
  if (op == "TensorListFromTensor") return items_of(node, inputs);
  if (!is_list(inputs)) l_.refuse("gives no list of tensors to \"" + node.node.name + '"');
  if (op == "TensorListLength") return {{.tensor = l_.scalar(static_cast<double>(size_of_list(inputs[0])), DType::int32)}};
  if (op == "TensorListSetItem") return with_item(node, inputs);
  if (op == "TensorListGetItem") return item(node, inputs);
  return {{.tensor = all_items(node, inputs[0])}};
}

}  // namespace keraunos::loader
