#include "loader/python/evaluate.h"

#include <algorithm>
#include <set>

#include "keraunos/error.h"
#include "loader/ops/argument_text.h"
#include "loader/ops/table.h"
#include "loader/python/evaluator.h"

namespace keraunos::loader::python {
namespace {

// The function by which an operator computes with tensors.
std::string_view function_of(Operator op, bool booleans) {
  switch (op) {
    case Operator::add: return "tf.math.add";
    case Operator::subtract: return "tf.math.subtract";
    case Operator::multiply: return "tf.math.multiply";
    case Operator::divide: return "tf.math.truediv";
    case Operator::floor_divide: return "tf.math.floordiv";
    case Operator::modulo: return "tf.math.floormod";
    case Operator::power: return "tf.math.pow";
    case Operator::matmul: return "tf.linalg.matmul";
    case Operator::bit_and: return booleans ? "tf.math.logical_and" : "tf.bitwise.bitwise_and";
    case Operator::bit_or: return booleans ? "tf.math.logical_or" : "tf.bitwise.bitwise_or";
    case Operator::bit_xor: return booleans ? "tf.math.logical_xor" : "tf.bitwise.bitwise_xor";
    case Operator::left_shift: return "tf.bitwise.left_shift";
    case Operator::right_shift: return "tf.bitwise.right_shift";
    case Operator::less: return "tf.math.less";
    case Operator::less_equal: return "tf.math.less_equal";
    case Operator::equal: return "tf.math.equal";
    case Operator::not_equal: return "tf.math.not_equal";
    case Operator::greater: return "tf.math.greater";
    case Operator::greater_equal: return "tf.math.greater_equal";
    case Operator::negative: return "tf.math.negative";
    case Operator::positive: return "tf.identity";
    case Operator::invert: return booleans ? "tf.math.logical_not" : "tf.bitwise.invert";
    case Operator::logical_not: return "tf.math.logical_not";
  }
  return {};
}

void add_tensors(Lowering& l, const Arg& value, std::vector<Traced>& results) {
  if (const Traced* tensor = value.tensor())
    results.push_back({tensor->value, {}});
  else if (value.list() != nullptr && has_tensor(value))
    for (const Arg& item : *value.list()) add_tensors(l, item, results);
  else
    l.refuse("gives " + python_text(value) + ", which is no tensor");
}

}  // namespace

Arg Evaluator::value_of(const Term& term) {
  if (term == nullptr) return {};
  Meaning meaning = meaning_of(term);
  if (meaning.is_method) l_.refuse("uses the method \"" + meaning.name + "\" as a value");
  if (meaning.name.empty()) return std::move(meaning.value);
  if (std::optional<Arg> value = value_named(meaning.name)) return std::move(*value);
  l_.refuse("uses \"" + meaning.name + "\", which is not known here, as a value");
}

std::vector<Arg> bound(Lowering& l, const Formula& function, const std::string& name, std::vector<Arg> positional,
                       Arg::Members keywords, int depth) {
  if (positional.size() > function.parameters.size())
    l.refuse("gives " + name + ' ' + std::to_string(positional.size()) + " arguments; it takes " +
             std::to_string(function.parameters.size()));
  std::vector<Arg> all = std::move(positional);
  const size_t given = all.size();
  all.resize(function.parameters.size());
  for (size_t i = given; i < all.size(); ++i) {
    const Formula::Parameter& parameter = function.parameters[i];
    const auto found = std::ranges::find(keywords, parameter.name, &Arg::Member::name);
    if (found != keywords.end()) {
      all[i] = std::move(found->value);
      keywords.erase(found);
    } else if (parameter.otherwise != nullptr) {
      all[i] = Evaluator(l, {}, depth).value_of(parameter.otherwise);
    } else {
      l.refuse("gives " + name + " nothing for \"" + parameter.name + '"');
    }
  }
  std::erase_if(keywords, [](const Arg::Member& member) { return member.name == "name"; });
  if (!keywords.empty()) l.refuse("gives " + name + " the argument \"" + keywords[0].name + "\", which is not supported");
  return all;
}

Meaning Evaluator::of(const Expression::Attribute& form) {
  const Meaning& base = meaning_of(form.of);
  if (!base.name.empty() && !base.is_method) return {{}, canonical_name(base.name + '.' + form.name)};
  if (base.is_method) l_.refuse("uses the method \"" + base.name + "\" as a value");
  static const std::set<std::string, std::less<>> kMethods{"get_shape", "as_list", "num_elements", "numpy", "index", "count"};
  if (kMethods.contains(form.name)) return {base.value, form.name, true};
  return {property_of(base.value, form.name)};
}

Arg Evaluator::property_of(const Arg& value, const std::string& name) {
  if (const Traced* tensor = value.tensor()) {
    if (name == "shape" || name == "_keras_shape") return shape_of(tensor->value);
    if (name == "dtype") return {std::string(name_of(l_.dtype(tensor->value)))};
    if (name == "ndim") return {int64_t{l_.rank(tensor->value)}};
  }
  if (value.list() != nullptr && (name == "rank" || name == "ndims")) return {static_cast<int64_t>(value.list()->size())};
  if (value.list() != nullptr && name == "dims") return value;
  if (integer_of(value) && name == "value") return value;  // of a TensorFlow 1 Dimension
  const bool is_dtype = std::holds_alternative<std::string>(value.value);
  if (is_dtype && (name == "name" || name == "base_dtype" || name == "as_numpy_dtype")) return value;
  l_.refuse("uses the attribute \"" + name + "\" of " + python_text(value) + ", which is not known");
}

Meaning Evaluator::of(const Expression::Call& form) {
  const Meaning callee = meaning_of(form.callee);
  std::vector<Arg> arguments;
  for (const Term& argument : form.arguments) {
    arguments.push_back(value_of(argument));
  }
  Arg::Members keywords;
  for (const auto& [name, value] : form.keywords) keywords.push_back({name, value_of(value)});
  if (callee.is_method) {
    if (!keywords.empty()) l_.refuse("calls the method \"" + callee.name + "\" with keywords");
    return {call_method(callee.value, callee.name, arguments)};
  }
  if (callee.name.empty()) l_.refuse("calls " + python_text(callee.value) + ", which is no function");
  return {call_named(callee.name, std::move(arguments), std::move(keywords))};
}

Meaning Evaluator::of(const Expression::Operation& form) {
  std::vector<Arg> operands;
  bool tensors = false, booleans = true;
  for (const Term& operand : form.operands) {
    operands.push_back(value_of(operand));
    tensors = tensors || operands.back().tensor() != nullptr;
    booleans = booleans && is_boolean(operands.back());
  }
  const auto is_none = [](const Arg& operand) { return operand.is_none(); };
  if (tensors && !std::ranges::any_of(operands, is_none))
    return {call_named(std::string(function_of(form.op, booleans)), std::move(operands), {})};
  return {computed(form.op, operands)};
}

Meaning Evaluator::of(const Expression::Subscript& form) {
  const Arg base = value_of(form.of), key = value_of(form.key);
  if (base.list() != nullptr) {
    const auto whole = key.tensor() != nullptr ? known_integer(l_, key) : std::nullopt;
    return {element_of(*base.list(), whole ? Arg{*whole} : key)};
  }
  if (const auto* members = std::get_if<Arg::Members>(&base.value)) {
    const auto* name = std::get_if<std::string>(&key.value);
    const auto found = name == nullptr ? members->end() : std::ranges::find(*members, *name, &Arg::Member::name);
    if (found == members->end()) l_.refuse("takes " + python_text(key) + " out of a dictionary that does not have it");
    return {found->value};
  }
  if (base.tensor() == nullptr) l_.refuse("takes an item of " + python_text(base));
  const Operation* get_item = find_function("__operators__.getitem");
  CallArguments call{.positional = {base, key}, .keywords = {}};
  return {{lower_call(l_, *get_item, "x[…]", &call).at(0)}};
}

Arg called_by_name(Lowering& l, const std::string& name, std::vector<Arg> arguments, Arg::Members keywords) {
  try {
    return Evaluator(l, {}, 0).call(name, std::move(arguments), std::move(keywords));
  } catch (const UnsupportedError&) {
    throw;
  } catch (const ModelError& error) {
    l.refuse(error.what());
  }
}

std::vector<Traced> evaluate(Lowering& l, const Formula& function, std::vector<Arg> arguments, Arg::Members keywords) {
  try {
    std::vector<Arg> all = bound(l, function, "the function", std::move(arguments), std::move(keywords), 0);
    std::vector<Traced> results;
    add_tensors(l, Evaluator(l, std::move(all), 0).value_of(function.result), results);
    return results;
  } catch (const UnsupportedError&) {
    throw;
  } catch (const ModelError& error) {
    l.refuse(error.what());
  }
}

}  // namespace keraunos::loader::python
