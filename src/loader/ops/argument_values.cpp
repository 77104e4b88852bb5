#include "loader/ops/argument_values.h"

#include <algorithm>

#include "loader/files/json.h"

namespace keraunos::loader {
namespace {

// Looks into lists too.
bool is_in(const Arg& argument, const std::function<bool(const Arg&)>& test) {
  if (test(argument)) return true;
  const Arg::List* list = argument.list();
  return list != nullptr && std::any_of(list->begin(), list->end(), [&](const Arg& item) { return is_in(item, test); });
}

Arg with_tensors_in(const Arg& argument, const std::function<Value(Value)>& change) {
  if (const Traced* traced = argument.tensor()) return {Traced{change(traced->value), {}}};
  const Arg::List* list = argument.list();
  if (list == nullptr) return argument;
  Arg::List changed;
  for (const Arg& item : *list) changed.push_back(with_tensors_in(item, change));
  return {std::move(changed)};
}

}  // namespace

bool any_argument_is(const std::vector<Arg>& positional, const Arg::Members& keywords,
                     const std::function<bool(const Arg&)>& test) {
  const auto found = [&](const Arg& argument) { return is_in(argument, test); };
  return std::any_of(positional.begin(), positional.end(), found) ||
         std::any_of(keywords.begin(), keywords.end(), [&](const Arg::Member& member) { return found(member.value); });
}

CallArguments with_tensors(CallArguments arguments, const std::function<Value(Value)>& change) {
  for (Arg& argument : arguments.positional) argument = with_tensors_in(argument, change);
  for (Arg::Member& member : arguments.keywords) member.value = with_tensors_in(member.value, change);
  return arguments;
}

CallArguments arguments_of_layer(Lowering& l, const Operation& operation) {
  CallArguments arguments{.positional = l.arguments(), .keywords = l.keywords(), .of_keras3 = !l.dialect().before(3, 0)};
  if (!arguments.of_keras3) return arguments;
  for (const std::string& parameter : operation.parameters) {
    for (const std::string_view name : alternatives(parameter)) {
      const files::Json* stated = l.config().json().find(name);
      if (stated != nullptr) arguments.keywords.push_back({std::string(name), argument_of(l, *stated)});
    }
  }
  return arguments;
}

}  // namespace keraunos::loader
