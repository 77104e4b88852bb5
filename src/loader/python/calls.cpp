// Calls in an expression: of functions by name, of operations, of Python's built-in functions, of methods.
#include <algorithm>
#include <array>
#include <cmath>

#include "loader/layers/common/batch_dot.h"
#include "loader/ops/argument_text.h"
#include "loader/ops/table.h"
#include "loader/python/evaluator.h"

namespace keraunos::loader::python {
namespace {

constexpr int kMostCalls = 20;  // nesting depth of calls

}  // namespace

Arg Evaluator::call_method(const Arg& self, const std::string& name, const std::vector<Arg>& arguments) {
  if (const Traced* tensor = self.tensor(); tensor != nullptr && name == "get_shape" && arguments.empty())
    return shape_of(tensor->value);
  if (self.list() != nullptr && name == "as_list" && arguments.empty()) return self;
  if (self.list() != nullptr && name == "num_elements" && arguments.empty()) return call_python("np.prod", {self});
  l_.refuse("calls the method \"" + name + "\" of " + python_text(self) + ", which is not supported");
}

Arg Evaluator::call_named(const std::string& name, std::vector<Arg> arguments, Arg::Members keywords) {
  if (const Formula* function = written_function(name)) {
    if (depth_ >= kMostCalls) l_.refuse("nests calls too deeply");
    std::vector<Arg> all = bound(l_, *function, name, std::move(arguments), std::move(keywords), depth_ + 1);
    return Evaluator(l_, std::move(all), depth_ + 1).value_of(function->result);
  }
  if (const std::optional<Callable> callable = operation_named(name))
    return call_operation(*callable, name, std::move(arguments), std::move(keywords));
  if (name == "np.array" || name == "np.asarray")  // the dtype follows from the tensor that the numbers are combined with
    std::erase_if(keywords, [](const Arg::Member& member) { return member.name == "dtype"; });
  if (!keywords.empty()) l_.refuse("gives " + name + " the argument \"" + keywords[0].name + "\", which is not supported");
  if (name == "K.batch_dot_over") return call_batch_dot(arguments);
  if (name.starts_with("activations.")) return call_activation(name.substr(12), arguments);
  return call_python(name, arguments);
}

// The function takes by position what the operation takes by name.
Arg Evaluator::call_operation(const Callable& callable, const std::string& name, std::vector<Arg> arguments,
                              Arg::Members keywords) {
  CallArguments call{.positional = {}, .keywords = std::move(keywords), .of_keras3 = callable.of_keras3};
  const bool variadic = callable.operation->positional == Operation::kVariadic;
  const size_t named = variadic ? std::min(callable.parameters.size(), name.ends_with("einsum") ? size_t{1} : size_t{0})
                                : callable.parameters.size();
  if (!variadic && arguments.size() > named)
    l_.refuse("gives " + name + ' ' + std::to_string(arguments.size()) + " arguments; it takes " + std::to_string(named));
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i < named)
      call.keywords.push_back({callable.parameters[i], std::move(arguments[i])});
    else
      call.positional.push_back(std::move(arguments[i]));
  }
  std::vector<Traced> results = lower_call(l_, *callable.operation, name, &call);
  if (results.size() == 1) return {results[0]};
  Arg::List all;
  for (const Traced& result : results) all.push_back({result});
  return {std::move(all)};
}

Arg Evaluator::call_batch_dot(const std::vector<Arg>& arguments) {
  if (arguments.size() < 2 || arguments[0].tensor() == nullptr || arguments[1].tensor() == nullptr)
    l_.refuse("calls K.batch_dot without two tensors");
  const std::array<Value, 2> x{arguments[0].tensor()->value, arguments[1].tensor()->value};
  std::array<int, 2> axes{l_.rank(x[0]) - 1, l_.rank(x[1]) == 2 ? 1 : l_.rank(x[1]) - 2};
  const bool given = arguments.size() > 2 && !arguments[2].is_none();
  for (size_t i = 0; i < 2; ++i) {
    if (given) {
      const Arg::List* list = arguments[2].list();
      if (list != nullptr && list->size() != 2) l_.refuse("calls K.batch_dot with " + std::to_string(list->size()) + " axes");
      const auto axis = integer_of(list != nullptr ? (*list)[i] : arguments[2]);
      if (!axis) l_.refuse("calls K.batch_dot with axes that are no integers");
      axes[i] = static_cast<int>(std::clamp<int64_t>(*axis < 0 ? *axis + l_.rank(x[i]) : *axis, -1, 100));
    }
    if (axes[i] < 1 || axes[i] >= l_.rank(x[i]))
      l_.refuse("calls K.batch_dot with an axis that is none behind the batch of " + l_.dims(x[i]).to_string());
  }
  return {Traced{batch_dot(l_, x, axes), {}}};
}

Arg Evaluator::call_activation(const std::string& name, const std::vector<Arg>& arguments) {
  if (arguments.size() != 1 || arguments[0].tensor() == nullptr)
    l_.refuse("calls the activation \"" + name + "\" with other arguments than one tensor");
  const Value y = l_.called(name, arguments[0].tensor()->value);
  if (!y) l_.refuse("calls the activation \"" + name + "\", which is not known");
  return {Traced{y, {}}};
}

// Python's built-in functions, and NumPy's functions of numbers.
Arg Evaluator::call_python(const std::string& name, const std::vector<Arg>& arguments) {
  const auto unsupported = [&]() { l_.refuse("calls " + name + " with arguments that are not supported"); };
  if (arguments.empty()) unsupported();
  const Arg& first = arguments[0];
  const Traced* tensor = first.tensor();
  if (name == "K.listed") return list_of(first);
  if (name == "slice" && arguments.size() <= 3) {
    const bool only_stop = arguments.size() == 1;
    return {std::make_shared<const Arg::Slice>(
        Arg::Slice{only_stop ? Arg{} : first, only_stop ? first : arguments[1], arguments.size() == 3 ? arguments[2] : Arg{}})};
  }
  if (name == "abs" && tensor != nullptr) return call_named("tf.math.abs", arguments, {});
  if (name == "pow" && arguments.size() == 2 && tensor != nullptr) return call_named("tf.math.pow", arguments, {});
  if (name == "round" && tensor != nullptr && arguments.size() == 1) return call_named("tf.math.round", arguments, {});
  if (name == "len" && tensor != nullptr && l_.rank(tensor->value) > 0) return {l_.dim(tensor->value, 0).size};
  if (name == "len" && first.list() != nullptr) return {static_cast<int64_t>(first.list()->size())};
  if (name == "int" || name == "np.int32" || name == "np.int64") {
    if (const auto whole = whole_of(first)) return {*whole};
    if (const auto real = real_of(first); real && std::abs(*real) < 9e18) return {static_cast<int64_t>(*real)};
  }
  if (name == "float" || name == "np.float32" || name == "np.float64") {
    const auto number = real_of(first);
    if (number) return {name == "np.float32" ? static_cast<double>(static_cast<float>(*number)) : *number};
  }
  if (name == "bool" && truth_of(first)) return {*truth_of(first)};
  if (name == "abs" && integer_of(first) && *integer_of(first) != INT64_MIN) return {std::abs(*integer_of(first))};
  if (name == "abs" && real_of(first)) return {std::abs(*real_of(first))};
  if ((name == "tuple" || name == "list" || name == "np.array" || name == "np.asarray") && first.list() != nullptr) return first;
  if ((name == "np.array" || name == "np.asarray") && real_of(first)) return first;
  if (name == "max" || name == "min" || name == "sum" || name == "np.prod") {
    const Arg::List items = first.list() != nullptr ? *first.list() : Arg::List(arguments.begin(), arguments.end());
    const bool adds = name == "sum", multiplies = name == "np.prod";
    if (has_tensor({items}) && adds) {
      Arg total = items.at(0);
      for (size_t i = 1; i < items.size(); ++i) total = call_named("tf.math.add", {total, items[i]}, {});
      return total;
    }
    if (has_tensor({items}) || (items.empty() && !adds && !multiplies)) unsupported();
    Arg result = adds ? Arg{int64_t{0}} : multiplies ? Arg{int64_t{1}} : items[0];
    for (const Arg& item : items) {
      if (adds || multiplies)
        result = computed(adds ? Operator::add : Operator::multiply, {result, item});
      else if (*truth_of(computed(name == "max" ? Operator::greater : Operator::less, {item, result})))
        result = item;
    }
    return result;
  }
  if (name == "range" && arguments.size() <= 3) {
    const auto start = arguments.size() > 1 ? integer_of(first) : 0, stop = integer_of(arguments[arguments.size() > 1 ? 1 : 0]),
               step = arguments.size() > 2 ? integer_of(arguments[2]) : 1;
    if (start && stop && step && *step != 0 && std::abs(*start) < 1'000'000 && std::abs(*stop) < 1'000'000 &&
        std::abs(*step) < 1'000'000 && std::abs(*stop - *start) / std::abs(*step) < static_cast<int64_t>(kMostItems)) {
      Arg::List all;
      for (int64_t i = *start; *step > 0 ? i < *stop : i > *stop; i += *step) all.push_back({i});
      return {std::move(all)};
    }
  }
  std::vector<double> numbers;
  for (const Arg& argument : arguments) {
    const auto number = real_of(argument);
    if (!number) unsupported();
    numbers.push_back(*number);
  }
  if (name == "pow" && arguments.size() == 2) return computed(Operator::power, arguments);
  if (const auto result = number_of(name, numbers)) return {*result};
  l_.refuse("calls " + name + ", which is not supported");
}

}  // namespace keraunos::loader::python
