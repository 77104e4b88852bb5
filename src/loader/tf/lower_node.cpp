// A node becomes a function call: its inputs and attributes are the keywords of the call.
#include <algorithm>
#include <charconv>

#include "loader/ops/argument_text.h"
#include "loader/ops/operation.h"
#include "loader/ops/table.h"
#include "loader/tf/raw_operations.h"

namespace keraunos::loader {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

const RawOperation* find_raw(std::string_view op) {
  const auto all = raw_operations();
  const auto found = std::find_if(all.begin(), all.end(), [&](const RawOperation& row) { return row.op == op; });
  return found == all.end() ? nullptr : &*found;
}

// Attributes that follow from the inputs (types, their number), and internal ones of TensorFlow's runtime.
bool follows_from_inputs(const NodeAttribute& attribute) {
  return attribute.kind == NodeAttribute::Kind::type || attribute.name == "N" || attribute.name.starts_with('_');
}

CallArguments arguments_of(Lowering& l, const GraphNode& node, const RawOperation& row, std::vector<Arg> inputs) {
  CallArguments call;
  const std::vector<std::string_view> names = words_of(row.inputs);
  const auto is_list = [](std::string_view name) { return name.ends_with('*'); };
  const bool has_list = std::any_of(names.begin(), names.end(), is_list);
  if (has_list ? inputs.size() < names.size() : inputs.size() != names.size())
    l.refuse("gives " + node.op + ' ' + std::to_string(inputs.size()) + " inputs; it takes " + std::to_string(names.size()));
  auto next = inputs.begin();
  for (std::string_view name : names) {
    if (!is_list(name)) {
      call.keywords.push_back({std::string(name), std::move(*next++)});
      continue;
    }
    Arg::List list(std::make_move_iterator(next),
                   std::make_move_iterator(next + static_cast<int64_t>(inputs.size() + 1 - names.size())));
    next += static_cast<int64_t>(list.size());
    name.remove_suffix(1);
    if (name.empty())
      call.positional = std::move(list);
    else
      call.keywords.push_back({std::string(name), {std::move(list)}});
  }
  const std::vector<std::string_view> parameters = words_of(row.attributes), ignored = words_of(row.ignored);
  for (const NodeAttribute& attribute : node.attributes) {
    const auto mapped = std::find_if(parameters.begin(), parameters.end(), [&](std::string_view parameter) {
      return parameter.substr(0, parameter.find('=')) == attribute.name;
    });
    if (mapped != parameters.end()) {
      call.keywords.push_back({std::string(mapped->substr(mapped->find('=') + 1)), attribute.value});
    } else if (!follows_from_inputs(attribute) && std::find(ignored.begin(), ignored.end(), attribute.name) == ignored.end()) {
      l.refuse("gives " + node.op + " the attribute \"" + attribute.name + "\", which is not supported");
    }
  }
  return call;
}

// The number of inputs of a list: stated by "N"; the last list takes all remaining inputs.
size_t listed_inputs(const GraphNode& node, size_t left, bool is_last) {
  if (is_last) return left;
  const NodeAttribute* count = node.find("N");
  const int64_t* number = count == nullptr ? nullptr : std::get_if<int64_t>(&count->value.value);
  return number == nullptr || *number < 0 ? 0 : std::min(left, static_cast<size_t>(*number));
}

// The body's parameters are the inputs, then the attributes, with TensorFlow's names.
CallArguments arguments_of(Lowering& l, const GraphNode& node, const Operation& operation, std::vector<Arg> inputs) {
  CallArguments call;
  const bool any_number = operation.lists > 0 || operation.list_first;
  if ((!any_number && inputs.size() > operation.positional) || (operation.list_first && inputs.size() + 1 < operation.positional))
    l.refuse("gives " + node.op + ' ' + std::to_string(inputs.size()) + " inputs; it takes " +
             std::to_string(operation.positional));
  auto next = std::make_move_iterator(inputs.begin());
  const auto end = std::make_move_iterator(inputs.end());
  for (size_t i = 0; i < operation.positional; ++i) {
    const auto left = static_cast<size_t>(end - next);
    if (operation.list_first && i == 0) {
      const auto count = static_cast<int64_t>(left + 1 - operation.positional);
      call.positional.push_back({Arg::List(next, next + count)});
      next += count;
    } else if (i + operation.lists >= operation.positional) {
      const auto count = static_cast<int64_t>(listed_inputs(node, left, i + 1 == operation.positional));
      call.positional.push_back({Arg::List(next, next + count)});
      next += count;
    } else if (left > 0) {
      call.positional.push_back(*next++);
    }
  }
  const auto is_parameter = [&](const NodeAttribute& attribute) {
    return std::any_of(operation.parameters.begin(), operation.parameters.end(), [&](const std::string& parameter) {
      const auto names = alternatives(parameter);
      return std::find(names.begin(), names.end(), attribute.name) != names.end();
    });
  };
  for (const NodeAttribute& attribute : node.attributes) {
    if (is_parameter(attribute) || !follows_from_inputs(attribute)) call.keywords.push_back({attribute.name, attribute.value});
  }
  return call;
}

const Operation* operation_of(const RawOperation* row, std::string_view op) {
  return find_function(row != nullptr ? std::string(row->function) : "raw_ops." + std::string(op));
}

}  // namespace

bool is_covered(std::string_view op) { return operation_of(find_raw(op), op) != nullptr; }

std::vector<Traced> lower_node(Lowering& l, const GraphNode& node, std::vector<Arg> inputs) {
  const RawOperation* row = find_raw(node.op);
  const Operation* operation = operation_of(row, node.op);
  if (operation == nullptr) l.refuse("computes TensorFlow's operation " + node.op + ", which is not supported");
  const CallArguments arguments =
      row != nullptr ? arguments_of(l, node, *row, std::move(inputs)) : arguments_of(l, node, *operation, std::move(inputs));
  return lower_call(l, *operation, node.op, &arguments);
}

std::vector<Traced> lower_op_layer(Lowering& l) {
  const files::Json* definition = l.config().json().find("node_def");
  if (definition == nullptr) l.refuse("has no node_def");
  const GraphNode node = node_of_json(*definition, l.config().where());
  std::vector<Arg> inputs;
  for (const Traced& input : l.inputs()) inputs.push_back({input});
  const files::Json* constants = l.config().json().find("constants");
  for (const auto& [place, value] : constants == nullptr ? std::span<const files::Json::Member>{} : constants->members()) {
    size_t index = 0;
    const auto [end, error] = std::from_chars(place.data(), place.data() + place.size(), index);
    if (error != std::errc{} || end != place.data() + place.size() || index > inputs.size())
      l.refuse("has a constant for input \"" + place + "\", beside " + std::to_string(inputs.size()) + " others");
    inputs.insert(inputs.begin() + static_cast<int64_t>(index), argument_of(l, value));
  }
  return lower_node(l, node, std::move(inputs));
}

}  // namespace keraunos::loader
